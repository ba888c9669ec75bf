#!/usr/bin/env python3
"""Stands between tcsd and a software TPM, and makes it as slow as a chip.

slow-tpm.py LISTEN-PORT TPM-PORT ORDINAL=MILLISECONDS...

A command is a header of 10 bytes (tag, size, ordinal, big endian) and its body; the answers to the ordinals named are held
back that long. Ordinals: 0x18 unseal, 0x17 seal, 0x41 load key, 0x15 read PCR.
"""
import socket
import struct
import sys
import threading


def read_all(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def read_packet(connection):
    head = read_all(connection, 10)
    if head is None:
        return None
    body = read_all(connection, struct.unpack(">I", head[2:6])[0] - 10)
    return None if body is None else head + body


def serve(client, tpm_port, delays):
    pause = threading.Event()
    with client, socket.create_connection(("127.0.0.1", tpm_port)) as tpm:
        while True:
            command = read_packet(client)
            if command is None:
                return
            tpm.sendall(command)
            answer = read_packet(tpm)
            if answer is None:
                return
            pause.wait(delays.get(struct.unpack(">I", command[6:10])[0], 0))
            client.sendall(answer)


def main():
    listen_port, tpm_port = int(sys.argv[1]), int(sys.argv[2])
    delays = {}
    for argument in sys.argv[3:]:
        ordinal, milliseconds = argument.split("=")
        delays[int(ordinal, 0)] = int(milliseconds) / 1000
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", listen_port))
        listener.listen()
        while True:
            serve(listener.accept()[0], tpm_port, delays)


if __name__ == "__main__":
    main()
