# The application under test: does to the simulated internet, one after the other, what its
# arguments name, and says after each whether an ordinary request is still answered.
import gzip, random, resource, socket, ssl, struct, sys, time

NAMES = {}


def address(host):
    if host not in NAMES:
        NAMES[host] = socket.gethostbyname(host)
    return NAMES[host]


def connect(host, port):
    client = socket.create_connection((address(host), port), 20)
    client.settimeout(20)
    return client


def answered(client):
    """Whatever comes until the other side has had enough."""
    try:
        while client.recv(65536):
            pass
    except OSError:
        pass


def pour(client, chunks):
    """Sends until it is all sent, or the other side has had enough."""
    sent = 0
    try:
        for chunk in chunks:
            client.sendall(chunk)
            sent += len(chunk)
    except OSError:
        pass
    return sent


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
# GET / over http, to a host that is written out (RFC 7541 appendix A).
HEAD = b"\x82\x86\x84\x41\x0bh2.example."


def crowd(count=10000):
    """So many connections at once: silent ones, and ones that send a byte now and then."""
    held = []
    for number in range(count):
        client = connect(f"crowd-{number % 100}.example", 8000 + number % 7)
        held.append(client)
        if number % 2:
            client.send(b"GET /slow HTTP/1.1\r\nHost: crowd\r\nX-Slow: ")
    for client in held[1::20]:
        client.send(b"x")
    ordinary()
    # Those that were heard halfway may go on.
    for client in held[1:200:2]:
        client.send(b"\r\n\r\n")
    for client in held[1:200:2]:
        assert client.recv(99).startswith(b"HTTP/1.1 200"), "a slow one was forgotten"
    for client in held:
        client.close()


def handshakes(count=1000):
    """TLS begun and never finished, as many at once."""
    held = []
    context = ssl.create_default_context()
    for number in range(count):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_hostname=f"t-{number % 50}.example")
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            pass
        client = connect(f"t-{number % 50}.example", 443)
        client.send(outgoing.read())
        held.append(client)
    ordinary()
    for client in held:
        client.close()


def malformed(count=120):
    """ClientHellos with bytes of them changed, and noise that begins like one."""
    context = ssl.create_default_context()
    outgoing = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="broken.example")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello, chance = bytearray(outgoing.read()), random.Random(7)
    for number in range(count):
        client = connect("broken.example", 443)
        broken = bytearray(hello)
        for _ in range(1 + number % 9):
            broken[chance.randrange(1, len(broken))] = chance.randrange(256)
        pour(client, [bytes(broken) if number % 3 else b"\x16\x03\x01" + chance.randbytes(9000)])
        try:
            client.shutdown(socket.SHUT_WR)
        except OSError:
            # It was refused and reset before all of it was read.
            pass
        answered(client)
        client.close()


def headers():
    """Header fields without end."""
    client = connect("headers.example", 80)
    line = b"X-Field: " + b"x" * 990 + b"\r\n"
    sent = pour(client, [b"GET / HTTP/1.1\r\nHost: h\r\n"] + [line] * 50000)
    assert sent < 8 << 20, f"{sent} bytes of header were taken"
    client.close()


def lines():
    """A line without end, where lines are spoken."""
    for port in (21, 25, 110, 143):
        client = connect("lines.example", port)
        client.recv(99)
        # Closing waits for the kernel to be rid of it all: what it still sends when this process
        # has gone would be a contact in a later phase.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 30))
        pour(client, [b"x" * 65536] * 800)
        client.close()


def bodies():
    """What grows a thousandfold where somebody unpacks it, and a long one in small chunks."""
    content = gzip.compress(bytes(64 << 20))
    head = f"POST /zip HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: {len(content)}\r\n\r\n"
    client = connect("bodies.example", 80)
    client.sendall(head.encode() + content)
    assert client.recv(9999).startswith(b"HTTP/1.1 200")
    client.close()
    client = connect("bodies.example", 80)
    head = b"POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    client.sendall(head)
    for _ in range(400):
        client.sendall(b"1\r\nx\r\n" * 1000 + b"2000\r\n" + b"y" * 8192 + b"\r\n")
    client.sendall(b"0\r\n\r\n")
    assert b"HTTP/1.1 200" in client.recv(9999)
    client.close()


def resets():
    """Requests that are taken back at once (CVE-2023-44487)."""
    client = connect("resets.example", 80)
    chunks = [PREFACE]
    for number in range(20000):
        stream = 2 * number + 1
        chunks.append(frame(1, 5, stream, HEAD) + frame(3, 0, stream, b"\0\0\0\x08"))
    pour(client, chunks)
    client.close()


def continuations():
    """A header that goes on for ever (CVE-2024-27316)."""
    client = connect("continuations.example", 80)
    field = b"\x00\x01x\x7f\x81\x7e" + b"y" * 16381
    pour(client, [PREFACE + frame(1, 1, 1, HEAD)] + [frame(9, 0, 1, field[:16384])] * 5000)
    client.close()


def tales(count=500):
    """Requests that say as much of themselves as is ever told."""
    fields = b"".join(b"X-%d: " % number + b"x" * 1000 + b"\r\n" for number in range(40))
    head = b"GET /%d?" + b"q" * 8000 + b" HTTP/1.1\r\nHost: tales.example\r\n" + fields + b"\r\n"
    clients = [connect("tales.example", 80) for _ in range(4)]
    for number in range(count):
        for client in clients:
            client.sendall(head % number)
            assert client.recv(9999).startswith(b"HTTP/1.1 200")
    for client in clients:
        client.close()


def datagrams(count=20000):
    """From as many ports as there are, to many names' servers."""
    query = b"\0\7\1\0\0\1\0\0\0\0\0\0"
    for number in range(count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            label = f"n{number}".encode()
            asked = query + bytes([len(label)]) + label + b"\7example\0\0\1\0\1"
            client.sendto(asked, ("203.0.113.53", 53))


def ordinary():
    since = time.monotonic()
    with connect("ordinary.example", 80) as client:
        client.sendall(b"GET /still HTTP/1.1\r\nHost: ordinary.example\r\n\r\n")
        assert client.recv(99).startswith(b"HTTP/1.1 200")
    took = time.monotonic() - since
    # A lookup that the flood crowds out is asked again after five seconds (resolv.conf(5)).
    assert took < 20, f"an answer took {took} s"
    return took


most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
for name in sys.argv[1:]:
    since = time.monotonic()
    globals()[name]()
    print(f"{name}: {time.monotonic() - since:.1f} s, then an answer in {ordinary():.3f} s", flush=True)
