print "a", b
exec "c"
raise A, b
except A, e: pass
`x`
