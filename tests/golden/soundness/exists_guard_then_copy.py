import os, subprocess
os.makedirs('in',exist_ok=True); os.makedirs('out',exist_ok=True)
for k in range(8):
    open('in/f%d.txt'%k,'w').write('text %d\n'%k*(k+1))
names=sorted(os.listdir('in'))
import shutil
copied=0
for n in names:
    if os.path.exists('out/'+n):
        continue
    shutil.copy2('in/'+n,'out/'+n)
    copied+=1
    print(copied,n)
print(copied)
