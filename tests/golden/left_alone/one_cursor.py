import sqlite3

connection = sqlite3.connect(":memory:")
cursor = connection.cursor()
cursor.execute("create table t (id integer, name text)")
for number in range(5):
    cursor.execute("insert into t values (?, ?)", (number, f"name {number}"))
for number in range(5):
    cursor.execute("select name from t where id = ?", (number,))
    print(cursor.fetchone())
