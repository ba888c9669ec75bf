/*
 * A daemon that does nothing but answer: it gives back as the encrypted key what it was asked to encrypt, and the reverse.
 * No module, no keyring, no cipher: what a file takes with it is what the kernel and its channel take, the least that any
 * daemon can reach on this machine. Frames and packets as in /dev/ecryptfs (docs/spec/channel.md, section 3; packets.md).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REQUEST = 0x66, RESPONSE = 0x67, HELO = 0x64, OPEN = 0x40, OPENED = 0x41, CREATED = 0x43, SIGNATURE_END = 18 };

static unsigned char *read_length(unsigned char *at, int *length) {
  if (at[0] < 192) {
    *length = at[0];
    return at + 1;
  }
  *length = (at[0] - 192) * 256 + at[1] + 192;
  return at + 2;
}

static unsigned char *write_length(unsigned char *at, int length) {
  if (length < 192) {
    *at++ = length;
  } else {
    *at++ = (length - 192) / 256 + 192;
    *at++ = (length - 192) % 256;
  }
  return at;
}

int main(void) {
  unsigned char in[2048], out[2048], packet[1024], helo[5] = {HELO};
  int device = open("/dev/ecryptfs", O_RDWR);
  if (device < 0 || write(device, helo, sizeof helo) != sizeof helo) {
    perror("/dev/ecryptfs");
    return 1;
  }
  while (read(device, in, sizeof in) > 0) {
    int length, key_length;
    unsigned char *message, *key, *end;
    uint32_t packet_length;
    if (in[0] != REQUEST) continue;
    message = read_length(in + 5, &length);
    key = read_length(message + 8 + SIGNATURE_END, &key_length);
    packet[0] = message[8] == OPEN ? OPENED : CREATED;
    packet[1] = 0;
    end = write_length(packet + 2, key_length);
    memcpy(end, key, key_length);
    packet_length = end + key_length - packet;
    out[0] = RESPONSE;
    memcpy(out + 1, in + 1, 4);
    end = write_length(out + 5, packet_length + 8);
    memcpy(end, message, 4);
    memcpy(end + 4, &packet_length, 4);
    memcpy(end + 8, packet, packet_length);
    length = end + 8 + packet_length - out;
    if (write(device, out, length) != length) perror("answer");
  }
  return 0;
}
