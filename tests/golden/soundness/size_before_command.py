import os, subprocess
os.makedirs('in',exist_ok=True); os.makedirs('out',exist_ok=True)
for k in range(8):
    open('in/f%d.txt'%k,'w').write('text %d\n'%k*(k+1))
names=sorted(os.listdir('in'))
for n in names:
    before=os.path.getsize('in/'+n)
    subprocess.run(['truncate','-s','1','in/'+n])
    after=os.path.getsize('in/'+n)
    print(n,before,after)
