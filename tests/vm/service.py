#!/usr/bin/env python3
"""What systemd is to a service, as far as ecryptfsd sees it: a notify socket, a store of descriptors, a watchdog, restarts.

service.py LOG COMMAND...

Runs COMMAND as sd_notify(3) and sd_listen_fds(3) describe it, and again whenever it ends, with the descriptors that it
stored. SIGTERM ends it, and then this. Each message and each event is a line of LOG.
"""
import os
import select
import signal
import socket
import subprocess
import sys
import time

WATCHDOG_SECONDS = 8


class Service:
    def __init__(self, log, command):
        self.log = log
        self.command = command
        self.name = f"@ecryptfsj-service-{os.getpid()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:])
        self.store = []
        self.stopping = False
        self.process = None

    def note(self, text):
        print(f"{time.monotonic():.3f} {text}", file=self.log, flush=True)

    def start(self):
        environment = dict(os.environ, NOTIFY_SOCKET=self.name, WATCHDOG_USEC=str(WATCHDOG_SECONDS * 1_000_000))
        descriptors = [fd for _, fd in self.store]
        names = ":".join(name for name, _ in self.store)
        command = self.command
        if descriptors:
            # A shell puts its own pid where it belongs, and the descriptors to 3 and up.
            moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(range(20, 20 + len(descriptors))))
            closes = " ".join(f"{fd}<&-" for fd in range(20, 20 + len(descriptors)))
            environment.update(LISTEN_FDS=str(len(descriptors)), LISTEN_FDNAMES=names)
            command = ["/bin/bash", "-c", f'export LISTEN_PID=$$; exec "$@" {moves} {closes}', "service", *command]
        for i, fd in enumerate(descriptors):
            os.dup2(fd, 20 + i, inheritable=True)
        self.process = subprocess.Popen(
            command, env=environment, pass_fds=range(20, 20 + len(descriptors)), stderr=self.log
        )
        for i in range(len(descriptors)):
            os.close(20 + i)
        self.heard = time.monotonic()
        self.ready = False
        self.note(f"started {self.process.pid} with {names or 'nothing'}")

    def hear(self):
        data, descriptors, _, _ = socket.recv_fds(self.socket, 4096, 4)
        lines = dict(line.split("=", 1) for line in data.decode().splitlines())
        self.note(" ".join(f"{key}={value}" for key, value in lines.items()) + (" +fd" * len(descriptors)))
        if "FDSTORE" in lines:
            self.store += [(lines.get("FDNAME", "stored"), fd) for fd in descriptors]
            return
        for fd in descriptors:
            os.close(fd)
        if "FDSTOREREMOVE" in lines:
            for entry in [entry for entry in self.store if entry[0] == lines["FDNAME"]]:
                os.close(entry[1])
                self.store.remove(entry)
        if "READY" in lines:
            self.ready = True
        if "WATCHDOG" in lines or "READY" in lines:
            self.heard = time.monotonic()

    def run(self):
        def stop(*_):
            self.stopping = True
            self.process.terminate()

        signal.signal(signal.SIGTERM, stop)
        self.start()
        while True:
            readable, _, _ = select.select([self.socket], [], [], 0.05)
            if readable:
                self.hear()
                continue
            code = self.process.poll()
            if code is not None:
                self.note(f"ended {code}")
                if self.stopping:
                    return code
                self.start()
            elif self.ready and time.monotonic() - self.heard > WATCHDOG_SECONDS:
                self.note("watchdog: killed")
                self.process.kill()
                self.ready = False


with open(sys.argv[1], "a", encoding="utf-8") as output:
    sys.exit(Service(output, sys.argv[2:]).run())
