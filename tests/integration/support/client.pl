# The application under test: carries out its arguments one after the other and says on
# standard output what came of each. Needs nothing beyond perl's own core.
#
#   tcp ADDRESS PORT DATA     connects, sends, prints what is answered within a while
#   udp ADDRESS PORT DATA     sends, prints the answer, "silent" or "refused"
#   send ADDRESS PORT DATA    sends by UDP, waits for nothing
#   flood ADDRESS PORT COUNT  sends so many datagrams, as fast as it can
#   name HOST                 looks the name up and prints its addresses
#   time                      prints seconds since 1970
#   pause SECONDS             sleeps
#
# DATA is text with \xHH for bytes, or @HOST for a TLS ClientHello to that host.
use strict;
use warnings;
use Socket qw(:all);

$| = 1;

sub sockaddr {
    my ($host, $port) = @_;
    my ($error, $first) = getaddrinfo($host, $port, { socktype => SOCK_DGRAM });
    die "$host: $error\n" if $error;
    return ($first->{family}, $first->{addr});
}

sub bytes {
    my ($data) = @_;
    return client_hello($1) if $data =~ /^@(.+)/;
    $data =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
    return $data;
}

sub shown {
    my ($data) = @_;
    $data =~ s/([^ -~])/sprintf "\\x%02x", ord $1/ge;
    return $data;
}

# RFC 8446 section 4.1.2, with the server's name as its only extension (RFC 6066).
sub client_hello {
    my ($host) = @_;
    my $name = pack 'n C n/a', length($host) + 3, 0, $host;
    my $extensions = pack 'n/a', pack 'n n/a', 0, $name;
    my $body = pack('n', 0x0303) . 'r' x 32 . "\0" . pack('n n', 2, 0x1301) . "\1\0" . $extensions;
    my $handshake = pack('C C n', 1, 0, length $body) . $body;
    return pack('C n n/a', 22, 0x0301, $handshake);
}

sub readable {
    my ($socket, $seconds) = @_;
    my $set = '';
    vec($set, fileno($socket), 1) = 1;
    return select($set, undef, undef, $seconds);
}

sub tcp {
    my ($host, $port, $data) = @_;
    my ($family, $address) = sockaddr($host, $port);
    socket(my $socket, $family, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($socket, $address) or return "refused";
    syswrite($socket, bytes($data));
    my ($answer, $chunk) = ('', '');
    # An answer comes at once or, where it waits for somebody, within a quarter of a second.
    while (readable($socket, 1.5)) {
        last unless sysread($socket, $chunk, 65536);
        $answer .= $chunk;
        last if $answer =~ /\r\n\r\n/;
    }
    return length $answer ? shown($answer) : "silent";
}

sub udp {
    my ($host, $port, $data, $wait) = @_;
    my ($family, $address) = sockaddr($host, $port);
    socket(my $socket, $family, SOCK_DGRAM, 0) or die "socket: $!\n";
    setsockopt($socket, SOL_SOCKET, SO_BROADCAST, 1);
    if (!$wait) {
        return defined send($socket, bytes($data), 0, $address) ? "sent" : "cannot be sent: $!";
    }
    # Connected, so that a refusal is heard of.
    connect($socket, $address) or return "cannot be reached: $!";
    send($socket, bytes($data), 0);
    return "silent" unless readable($socket, 1.5);
    defined recv($socket, my $answer, 65536, 0) or return "refused";
    return shown($answer);
}

sub flood {
    my ($host, $port, $count) = @_;
    my ($family, $address) = sockaddr($host, $port);
    socket(my $socket, $family, SOCK_DGRAM, 0) or die "socket: $!\n";
    my $sent = 0;
    for (1 .. $count) { $sent++ if defined send($socket, 'flood', 0, $address) }
    return "$sent sent";
}

sub name {
    my ($host) = @_;
    my ($error, @found) = getaddrinfo($host, '', { socktype => SOCK_STREAM });
    return "no such name" if $error;
    my @texts = map { (getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV))[1] } @found;
    return join ' ', sort @texts;
}

while (defined(my $what = shift @ARGV)) {
    my @words = ($what);
    my $result = '';
    if ($what eq 'tcp') { push @words, splice @ARGV, 0, 3; $result = tcp(@words[1 .. 3]) }
    elsif ($what eq 'udp') { push @words, splice @ARGV, 0, 3; $result = udp(@words[1 .. 3], 1) }
    elsif ($what eq 'send') { push @words, splice @ARGV, 0, 3; $result = udp(@words[1 .. 3], 0) }
    elsif ($what eq 'flood') { push @words, splice @ARGV, 0, 3; $result = flood(@words[1 .. 3]) }
    elsif ($what eq 'name') { push @words, shift @ARGV; $result = name($words[1]) }
    elsif ($what eq 'time') { $result = time }
    elsif ($what eq 'pause') { push @words, shift @ARGV; select undef, undef, undef, $words[1] }
    else { die "what is $what?\n" }
    print join(' ', @words), " -> $result\n";
}
