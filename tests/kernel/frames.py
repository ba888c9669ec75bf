"""The kernel's end of the channel to the daemon, for programs that take the kernel's place.

Frames: docs/spec/channel.md, sections 2 and 3. Packets: docs/spec/packets.md, sections 2 to 5.
"""
import socket
import struct

HELO, REQUEST, RESPONSE = 0x64, 0x66, 0x67
CREATE, OPEN = 0x42, 0x40
SECONDS = 60
LARGEST_SHORT_LENGTH = 191
TYPE_AND_COUNTER = struct.Struct(">BI")
INDEX_AND_LENGTH = struct.Struct("=II")


def length(n):
    if n <= LARGEST_SHORT_LENGTH:
        return bytes([n])
    return bytes([(n - 192) // 256 + 192, (n - 192) % 256])


def read_length(data, at):
    """The length and the position after it."""
    if data[at] <= LARGEST_SHORT_LENGTH:
        return data[at], at + 1
    return (data[at] - 192) * 256 + data[at + 1] + 192, at + 2


def packet(tag, signature, key):
    """A request to encrypt (CREATE) or decrypt (OPEN) a file key."""
    return bytes([tag, 16]) + signature.encode() + length(len(key)) + key


def payload(fek):
    """A file key for aes with 16 bytes, with its cipher code and checksum."""
    return b"\x07" + fek + struct.pack(">H", sum(fek))


def key_of(answer):
    """The key in the packet of a reply.

    Raises ValueError if the request failed.
    """
    if answer[1] != 0:
        raise ValueError(f"a request failed: {answer.hex()}")
    size, at = read_length(answer, 2)
    return answer[at : at + size]


def request(counter, index, body):
    """The frame of a request."""
    message = INDEX_AND_LENGTH.pack(index, len(body)) + body
    return TYPE_AND_COUNTER.pack(REQUEST, counter) + length(len(message)) + message


def reply(frame):
    """The counter and the packet of a reply."""
    kind, counter = TYPE_AND_COUNTER.unpack_from(frame)
    if kind != RESPONSE:
        raise ValueError(f"not a reply: {frame.hex()}")
    _, at = read_length(frame, TYPE_AND_COUNTER.size)
    return counter, frame[at + INDEX_AND_LENGTH.size :]


class Channel:
    """A socket pair that keeps frames apart, as /dev/ecryptfs does. The daemon gets the other end, there."""

    def __init__(self):
        self.counter = 0
        self.here, self.there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.here.settimeout(SECONDS)

    def send(self, body, index=0):
        """Sends a request; its counter."""
        self.counter += 1
        self.here.send(request(self.counter, index, body))
        return self.counter

    def answer(self):
        """The counter and the packet of the next reply."""
        while True:
            frame = self.here.recv(4096)
            if not frame:
                raise ConnectionError("the daemon has closed the channel")
            if frame[0] == RESPONSE:
                return reply(frame)

    def ask(self, tag, signature, key):
        """The key in the reply to a request."""
        self.send(packet(tag, signature, key))
        return key_of(self.answer()[1])
