# The application under test: a SIP client that proves itself by digest (RFC 7616), computed by
# Python's hashlib. Prints a line for each thing that it is answered.
import hashlib, re, socket, ssl, sys, time

SERVER, USER, PASSWORD = "voip.example", "alice", "secret"


class Udp:
    name = "UDP"

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(9)
        self.socket.connect((SERVER, 5060))


class Tls:
    name = "TLS"

    def __init__(self):
        plain = socket.create_connection((SERVER, 5061), timeout=9)
        self.socket = ssl.create_default_context().wrap_socket(plain, server_hostname=SERVER)


def ask(line, text, number):
    line.socket.send(text)
    # A subscription is notified as well; no message has a body.
    came = ""
    while True:
        came += line.socket.recv(65536).decode()
        for message in came.split("\r\n\r\n")[:-1]:
            if message.startswith("SIP/2.0 ") and f"CSeq: {number} " in message:
                return message + "\r\n"


count = 0


def request(line, method, authorization=""):
    global count
    count += 1
    uri = f"sip:{SERVER}"
    text = f"""{method} {uri} SIP/2.0
Via: SIP/2.0/{line.name} 192.0.2.2;rport;branch=z9hG4bK{count}
From: <sip:{USER}@{SERVER}>;tag=1
To: <sip:{USER}@{SERVER}>
Call-ID: {method}
CSeq: {count} {method}
Contact: <sip:{USER}@192.0.2.2>
Event: presence
{authorization}Content-Length: 0

"""
    return ask(line, text.replace("\n", "\r\n").encode(), count)


def authorization(challenge, method, password):
    value = lambda name: re.search(name + '="?([^",]*)', challenge).group(1)
    algorithm = value("algorithm")
    kind = {"MD5": "md5", "SHA-256": "sha256"}[algorithm]
    hashed = lambda text: hashlib.new(kind, text.encode()).hexdigest()
    realm, nonce, uri = value("realm"), value("nonce"), f"sip:{SERVER}"
    secret, asked = hashed(f"{USER}:{realm}:{password}"), hashed(f"{method}:{uri}")
    response = hashed(f"{secret}:{nonce}:00000001:abc:auth:{asked}")
    return (
        f'Authorization: Digest username="{USER}", realm="{realm}", nonce="{nonce}", uri="{uri}",'
        f' response="{response}", algorithm={algorithm}, qop=auth, nc=00000001, cnonce="abc"\n'
    )


def told(reply):
    stale = " stale" if "stale=true" in reply else ""
    return reply.split(" ", 1)[1].split("\r\n")[0] + stale


def challenges(reply):
    return re.findall("WWW-Authenticate: (.*)\r\n", reply)


for line in (Udp(), Tls()):
    for method in ("REGISTER", "SUBSCRIBE", "OPTIONS"):
        first = request(line, method)
        print(f"{line.name} {method} -> {told(first)}")
        for challenge in challenges(first):
            name = re.search("algorithm=([^,]*)", challenge).group(1)
            for password in (PASSWORD, "wrong"):
                answer = request(line, method, authorization(challenge, method, password))
                print(f"{line.name} {method} {name} {password} -> {told(answer)}")
first = challenges(request(line, "REGISTER"))[0]
time.sleep(2.2)
for password in (PASSWORD, "wrong"):
    answer = request(line, "REGISTER", authorization(first, "REGISTER", password))
    print(f"late {password} -> {told(answer)}")
