/** Packets that no socket would send, from and to namespaces: raw(7) sockets over both families, the checksums of TCP and SCTP. */
import { closeSync, openSync } from 'node:fs'
import ffi from 'node:ffi'
import ipaddr from 'ipaddr.js'

const CLONE_NEWNET = 0x40000000
const [AF_INET, AF_INET6] = [2, 10]
const SOCK_RAW = 3
const MSG_DONTWAIT = 0x40
export const TCP = 6
export const SCTP = 132
export const ICMP = 1

const { functions: libc } = ffi.dlopen('libc.so.6', {
  setns: { arguments: ['i32', 'i32'], return: 'i32' },
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
  recvfrom: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'buffer'], return: 'i64' },
})

export interface Packet {
  readonly from: string
  /** Over IPv4 only: of IPv6 the kernel keeps the header to itself. */
  readonly to: string | undefined
  /** What comes behind the IP header. */
  readonly payload: Buffer
}

export interface RawSocket {
  send(to: string, payload: Buffer): void
  /** Every packet of the protocol that has arrived since the last time. */
  received(): Packet[]
}

export type Family = 'ip' | 'ip6'

/** A socket made in the namespace `host`; it stays there wherever it is used. */
export function rawSocket(host: string, protocol: number, family: Family = 'ip'): RawSocket {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const there = openSync(`/run/netns/${host}`, 'r')
  libc.setns(there, CLONE_NEWNET)
  const socket = libc.socket(family === 'ip' ? AF_INET : AF_INET6, SOCK_RAW, protocol)
  if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort()
  for (const fd of [home, there]) closeSync(fd)
  if (socket < 0) throw new Error(`no raw socket in ${host}`)
  const buffer = Buffer.alloc(65_536)
  return {
    send(to, payload) {
      const address = socketAddress(to)
      if (libc.sendto(socket, payload, BigInt(payload.length), 0, address, address.length) < 0n)
        throw new Error(`cannot send to ${to}`)
    },
    received() {
      const packets: Packet[] = []
      for (;;) {
        const [sender, size] = [Buffer.alloc(SOCKADDR_IN6), Buffer.from([SOCKADDR_IN6, 0, 0, 0])]
        const length = Number(libc.recvfrom(socket, buffer, BigInt(buffer.length), MSG_DONTWAIT, sender, size))
        if (length < 0) return packets
        const address = (bytes: Buffer): string => ipaddr.fromByteArray([...bytes]).toString()
        const header = family === 'ip' ? (buffer[0]! & 15) * 4 : 0
        const payload = Buffer.from(buffer.subarray(header, length))
        if (family === 'ip6') packets.push({ from: address(sender.subarray(8, 24)), to: undefined, payload })
        else packets.push({ from: address(buffer.subarray(12, 16)), to: address(buffer.subarray(16, 20)), payload })
      }
    },
  }
}

const SOCKADDR_IN6 = 28

/** struct sockaddr_in, ip(7), or struct sockaddr_in6, ipv6(7), without a port. */
function socketAddress(ip: string): Buffer {
  const bytes = ipaddr.parse(ip).toByteArray()
  return Buffer.from(
    bytes.length === 4
      ? [AF_INET, 0, 0, 0, ...bytes, ...Array(8).fill(0)]
      : [AF_INET6, 0, ...Array(6).fill(0), ...bytes, 0, 0, 0, 0],
  )
}

export interface Segment {
  readonly from: readonly [address: string, port: number]
  readonly to: readonly [address: string, port: number]
  readonly sequence: number
  readonly acknowledged: number
}

const ACK = 0x10

/** A TCP segment without data that acknowledges something (RFC 9293, 3.1). */
export function tcpSegment({ from, to, sequence, acknowledged }: Segment): Buffer {
  const segment = Buffer.alloc(20)
  segment.writeUInt16BE(from[1], 0)
  segment.writeUInt16BE(to[1], 2)
  segment.writeUInt32BE(sequence, 4)
  segment.writeUInt32BE(acknowledged, 8)
  segment.writeUInt16BE((5 << 12) | ACK, 12)
  segment.writeUInt16BE(1024, 14)
  const bytes = (address: string): number[] => address.split('.').map(Number)
  const summed = Buffer.concat([Buffer.from([...bytes(from[0]), ...bytes(to[0]), 0, TCP, 0, segment.length]), segment])
  let sum = 0
  for (let at = 0; at < summed.length; at += 2) sum += summed.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  segment.writeUInt16BE(~sum & 0xffff, 16)
  return segment
}

/** An SCTP packet with one chunk (RFC 9260, 3): INIT is 1, INIT ACK is 2. The tag is 0 for INIT. */
export function sctpPacket(ports: readonly [from: number, to: number], chunk: 1 | 2, tag: number): Buffer {
  const packet = Buffer.alloc(32)
  packet.writeUInt16BE(ports[0], 0)
  packet.writeUInt16BE(ports[1], 2)
  packet.writeUInt32BE(tag, 4)
  packet.writeUInt8(chunk, 12)
  packet.writeUInt16BE(20, 14)
  packet.writeUInt32BE(0x1234_5678, 16) // the sender's own tag
  packet.writeUInt32BE(65_536, 20)
  packet.writeUInt16BE(1, 24)
  packet.writeUInt16BE(1, 26)
  packet.writeUInt32BE(1, 28)
  packet.writeUInt32LE(crc32c(packet), 8)
  return packet
}

/** Castagnoli's (RFC 9260, appendix A); of a whole packet, with its checksum field as it is. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return ~crc >>> 0
}
