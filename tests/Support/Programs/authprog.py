#!/usr/bin/python3
# A program for authpipe in Python: the accounts of authprog.sh. Its output is written byte by byte.
import sys

password = b"secret"


def account(user):
    if user == b"john":
        return (b"UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=John Q,Public\nMAILDIR=Maildir\n"
                b"QUOTA=100S\nPASSWD2=" + password + b"\nOPTIONS=disableimap=1\nCOLOUR=blue\n.\n")
    if user == b"mary":
        return b"USERNAME=mary\nGID=0\nHOME=/home/mary\nADDRESS=mary\n.\n"
    if user[:1] == b"u" and user[1:2].isdigit():
        return b"UID=2000\nGID=2000\nHOME=/home/" + user + b"\nADDRESS=" + user + b"\n.\n"
    return b"FAIL\n"


def login(payload):
    _, kind, user, given = payload.split(b"\n")[:4]
    return account(user) if kind == b"login" and given == password else b"FAIL\n"


def change(_, user, old, new):
    global password
    if user != b"john" or old != password:
        return b"FAIL\n"
    password = new
    return b"OK\n"


def answer(line, stdin):
    if line.startswith(b"PRE . "):
        return account(line[6:].split(b" ", 1)[1])
    if line.startswith(b"AUTH "):
        return login(stdin.read(int(line[5:])))
    if line.startswith(b"PASSWD "):
        return change(*line[7:].split(b"\t")[:4])
    if line == b"ENUMERATE":
        return (b"# a comment\njohn@example.com\t1000\t1001\t/home/john\tMaildir\tdisableimap=1\n"
                b"root\t0\t0\t/root\t\t\nmary\t1002\t1002\t/home/mary\n.\n")
    return b"FAIL\n"


print("authprog started", file=sys.stderr, flush=True)
for request in sys.stdin.buffer:
    for octet in answer(request.rstrip(b"\n"), sys.stdin.buffer):
        sys.stdout.buffer.write(bytes([octet]))
        sys.stdout.buffer.flush()
