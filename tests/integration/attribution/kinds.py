"""Sends from each kind of child and by each kind of call, to a port of its own for each."""
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time

V4, V6 = "198.51.100.1", "2001:db8:1::1"
libc = ctypes.CDLL(None, use_errno=True)


def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def send(port):
    udp().sendto(b"x", (V4, port))


def in_thread(work, *arguments):
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    thread.join()


# A thread.
in_thread(send, 1001)

# A child that sends at once and ends.
if os.fork() == 0:
    send(1002)
    os._exit(0)
os.wait()

# A daemon: its parent has gone when it sends.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.3)
        send(1003)
        os._exit(0)
    os._exit(0)
os.wait()

# Connected, then sent without an address.
connected = udp()
connected.connect((V4, 1004))
connected.send(b"x")

# sendto, sendmsg, and a socket that is bound.
send(1005)
udp().sendmsg([b"x"], [], 0, (V4, 1007))
bound = udp()
bound.bind(("0.0.0.0", 0))
bound.sendto(b"x", (V4, 1009))

# posix_spawn, which is vfork, and a child of a thread.
perl = ["perl", "-MSocket", "-e"]
code = "socket(S, PF_INET, SOCK_DGRAM, 0); send(S, 'x', 0, sockaddr_in(%d, inet_aton('198.51.100.1')))"
pid = os.posix_spawnp("perl", perl + [code % 1006], os.environ)
os.waitpid(pid, 0)
in_thread(subprocess.run, perl + [code % 1012])

# A socket that a child inherits: whoever makes the call is the sender.
shared = udp()
shared.sendto(b"x", (V4, 1010))
if os.fork() == 0:
    shared.sendto(b"x", (V4, 1008))
    os._exit(0)
os.wait()
shared.sendto(b"x", (V4, 1011))

# One socket, two threads.
both = udp()
in_thread(both.sendto, b"x", (V4, 1014))
both.sendto(b"x", (V4, 1013))

# A ping, IPv6, connections.
ping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
ping.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 1]), (V4, 0))
socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", (V6, 1001))
socket.create_connection((V4, 1030), 5).close()
socket.create_connection((V6, 1030), 5).close()

# Raw sockets are nobody's here, io_uring is not there.
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sys.exit("a raw socket")
except PermissionError:
    pass
assert libc.syscall(425, 8, 0) == -1 and ctypes.get_errno() == 38

# Pointers that lead nowhere, descriptors that are none: the kernel's own errors come back.
some = udp()
for call, arguments, errno in [
    (libc.connect, (some.fileno(), ctypes.c_void_p(8), 16), 14),
    (libc.connect, (999, b"\x02\x00" + bytes(14), 16), 9),
    (libc.connect, (0, b"\x02\x00" + bytes(14), 16), 88),
    (libc.sendmsg, (some.fileno(), ctypes.c_void_p(8), 0), 14),
    (libc.execve, (ctypes.c_void_p(8), None, None), 14),
]:
    assert call(*arguments) == -1 and ctypes.get_errno() == errno, (call, ctypes.get_errno())

# A handled signal in the middle of many calls breaks none of them.
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(500):
    send(1005)
signal.setitimer(signal.ITIMER_REAL, 0)

os.execvp("perl", perl + [code % 1020])
