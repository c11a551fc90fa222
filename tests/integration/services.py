# The application under test: Python's own clients of the services named as arguments, each of
# which must be content with what it is answered. Prints a line for each.
import ftplib, imaplib, io, json, poplib, smtplib, socket, ssl, struct, sys, urllib.request
from email.message import EmailMessage


def context():
    return ssl.create_default_context()


def message():
    message = EmailMessage()
    message["Subject"] = "report"
    message.set_content("one\n.two\n")
    return message


def send(client, login=True):
    if login:
        client.login("me@mail.example", "secret")
    refused = client.send_message(message(), "me@mail.example", ["you@far.example"])
    assert refused == {}, refused
    client.quit()


def smtp():
    send(smtplib.SMTP("smtp.example", 25, timeout=9), login=False)


def smtp_starttls():
    client = smtplib.SMTP("submission.example", 587, timeout=9)
    client.starttls(context=context())
    send(client)


def smtps():
    send(smtplib.SMTP_SSL("smtps.example", 465, timeout=9, context=context()))


def read_pop(client):
    client.user("me")
    client.pass_("secret")
    assert client.stat() == (0, 0), client.stat()
    assert client.list()[1] == [], client.list()
    client.quit()


def pop3():
    client = poplib.POP3("pop.example", timeout=9)
    assert "STLS" in client.capa()
    client.stls(context())
    read_pop(client)


def pop3s():
    read_pop(poplib.POP3_SSL("pops.example", timeout=9, context=context()))


def read_imap(client):
    client.login("me", "secret")
    assert client.select("INBOX") == ("OK", [b"0"])
    assert client.search(None, "UNSEEN") == ("OK", [b""])
    assert client.append("Sent", None, None, bytes(message()))[0] == "OK"
    assert client.list()[0] == "OK"
    client.close()
    client.logout()


def imap():
    client = imaplib.IMAP4("imap.example", timeout=9)
    client.starttls(context())
    read_imap(client)


def imaps():
    read_imap(imaplib.IMAP4_SSL("imaps.example", timeout=9, ssl_context=context()))


def move(client):
    client.login("me", "secret")
    assert client.nlst() == [], "names"
    client.storbinary("STOR up.bin", io.BytesIO(b"x" * 70000))
    got = io.BytesIO()
    client.retrbinary("RETR down.bin", got.write)
    assert got.getvalue() == b""
    client.quit()


def ftp():
    move(ftplib.FTP("ftp.example", timeout=9))


def ftps():
    client = ftplib.FTP_TLS("ftps.example", timeout=9, context=context())
    client.prot_p()
    move(client)


def stun():
    request = struct.pack("!HHI12s", 1, 0, 0x2112A442, b"transaction.")
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(9)
            client.connect((socket.gethostbyname("stun.example"), 3478))
            client.send(request)
            reply = client.recv(999)
            address, port = client.getsockname()
        assert reply[:2] == b"\x01\x01" and reply[8:20] == b"transaction.", reply
        crossed = struct.unpack("!H", reply[26:28])[0] ^ 0x2112
        assert crossed == port, (crossed, port)


def doh():
    # RFC 8484 section 4.1.1: www.example.com.
    query = "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"
    reply = urllib.request.urlopen(f"https://doh.example/dns-query?dns={query}").read()
    assert reply[2] & 0x80 and socket.inet_ntoa(reply[-4:]).startswith("198.18."), reply
    asked = urllib.request.Request(
        "https://doh.example/resolve?name=json.example&type=AAAA",
        headers={"Accept": "application/dns-json"},
    )
    answer = json.load(urllib.request.urlopen(asked))
    assert answer["Answer"][0]["data"].startswith("2001:db8:198:18:"), answer


def records():
    # What a resolver of its own finds, asked by a query made here: type, and what it ends with.
    for name, kind, end in (
        ("_sip._udp.sip.example", 33, b"\x13\xc4\x03sip\x07example\x00"),
        ("mail.example", 15, b"\x00\x0a\xc0\x0c"),
    ):
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        query = b"\0\7\1\0\0\1\0\0\0\0\0\0" + labels + b"\0" + struct.pack("!HH", kind, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(9)
            client.sendto(query, ("203.0.113.53", 53))
            reply = client.recv(999)
        assert reply[7] == 1 and reply.endswith(end), (name, reply)


def quic():
    # RFC 9000 section 17.2.2, with nothing that could be decrypted; then a version of nobody's.
    for version, answer in ((b"\0\0\0\1", b"\0\0\0\1"), (b"\xfa\xfa\xfa\xfa", b"\0\0\0\0")):
        initial = b"\xc3" + version + b"\x08identity\x04mine\0\x44\x9a" + b"x" * 1178
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.sendto(initial, (socket.gethostbyname("quic.example"), 443))
            reply = client.recv(9999)
        assert reply[0] & 0x80 and reply[1:5] == answer and reply[5:10] == b"\4mine", reply


def sips():
    fields = (
        "SUBSCRIBE sips:me@sips.example SIP/2.0",
        "Via: SIP/2.0/TLS 192.0.2.2:5061;branch=z9hG4bKx",
        "From: <sips:me@sips.example>;tag=1",
        "To: <sips:me@sips.example>",
        "Call-ID: 7",
        "CSeq: 1 SUBSCRIBE",
        "Contact: <sips:me@192.0.2.2:5061>",
        "Event: message-summary",
        "Expires: 600",
        "Content-Length: 0",
    )
    with socket.create_connection(("sips.example", 5061), 9) as plain:
        with context().wrap_socket(plain, server_hostname="sips.example") as client:
            client.sendall(("\r\n".join(fields) + "\r\n\r\n").encode())
            answer = b""
            while answer.count(b"\r\n\r\n") < 2:
                answer += client.recv(9999)
    assert answer.startswith(b"SIP/2.0 200 OK"), answer
    assert b"NOTIFY sips:me@192.0.2.2:5061 SIP/2.0" in answer, answer


def query(client):
    with client.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert list(cursor.fetchall()) == []
        cursor.execute("INSERT INTO t VALUES (%s)", ("x",))
    client.commit()
    client.ping()
    client.close()


def mysql():
    import pymysql
    query(pymysql.connect(host="mysql.example", user="me", password="secret", database="db",
                          ssl_disabled=True, connect_timeout=9))


def mysql_tls():
    import pymysql
    query(pymysql.connect(host="mysqls.example", user="me", password="secret", ssl=context(),
                          connect_timeout=9))


def greetings():
    for port, beginning in (
        (13, b""), (17, b"Everything"), (19, b" !\"#"), (23, b"\xff\xfb\x01login: "), (37, b""),
        (873, b"@RSYNCD: 31.0\n"), (3306, b""), (5900, b"RFB 003.008\n"), (5901, b"RFB 003.008\n"),
    ):
        with socket.create_connection(("greeting.example", port), 9) as client:
            word = client.recv(99)
            assert word and word.startswith(beginning), (port, word)
    with socket.create_connection(("greeting.example", 43), 9) as client:
        client.sendall(b"far.example\r\n")
        assert client.recv(99) == b"No match.\r\n"
    # RFC 6143 section 7: no password, a shared screen, and how large it is.
    with socket.create_connection(("screen.example", 5900), 9) as client:
        stream = client.makefile("rwb", buffering=0)
        def say(text):
            stream.write(text)
        assert stream.read(12) == b"RFB 003.008\n"
        say(b"RFB 003.008\n")
        assert stream.read(2) == b"\x01\x01"
        say(b"\x01")
        assert stream.read(4) == bytes(4)
        say(b"\x01")
        head = stream.read(24)
        length = struct.unpack("!I", head[20:])[0]
        assert head[:4] == b"\0\x40\0\x40" and stream.read(length) == b"apptrace", head
    # RFC 5804: what the server can do, within TLS again, and a script that is taken.
    with socket.create_connection(("sieve.example", 4190), 9) as plain:
        def until_ok(client):
            came = b""
            while not came.endswith(b"OK\r\n"):
                came += client.recv(999)
            return came
        assert b'"STARTTLS"' in until_ok(plain)
        plain.sendall(b"STARTTLS\r\n")
        until_ok(plain)
        with context().wrap_socket(plain, server_hostname="sieve.example") as client:
            assert b'"STARTTLS"' not in until_ok(client)
            client.sendall(b'AUTHENTICATE "PLAIN" "AG1lAHNlY3JldA=="\r\n')
            until_ok(client)
            client.sendall(b'PUTSCRIPT "mine" {6+}\r\nkeep;\n\r\n')
            until_ok(client)
            client.sendall(b"LOGOUT\r\n")
            until_ok(client)


for name in sys.argv[1:]:
    globals()[name]()
    print(name, "is content", flush=True)
