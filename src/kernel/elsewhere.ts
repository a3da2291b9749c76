import { closeSync, openSync } from 'node:fs'
import { isIPv4, Socket } from 'node:net'
import ffi from 'node:ffi'
import { PortolanError } from '../lib/index.ts'

const CLONE_NEWNET = 0x40000000
const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const BACKLOG = 511

const { functions: libc } = ffi.dlopen('libc.so.6', {
  setns: { arguments: ['i32', 'i32'], return: 'i32' },
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
})

/**
 * A TCP connection to `port` of the loopback address (127.0.0.1, or ::1 where that is asked for) of another network
 * namespace (a file like /run/netns/node1); the socket emits `connect` or `error`. Throws NoNamespace, NoSocket.
 */
export function connectIn(namespace: string, port: number, host: Loopback = '127.0.0.1'): Socket {
  const fd = madeIn(namespace, () => newSocket(host === '::1' ? AF_INET6 : AF_INET))
  return new Socket({ fd, allowHalfOpen: true }).connect({ port, host })
}

export type Loopback = '127.0.0.1' | '::1'

export interface ListenWhere {
  readonly address: string
  readonly port: number
}

/**
 * The file descriptor of a socket that listens on an IPv4 address of another network namespace, for `server.listen({fd})`.
 * Throws CannotListen where the port is taken, NoNamespace, NoSocket.
 */
export function listenIn(namespace: string, { address, port }: ListenWhere): number {
  if (!isIPv4(address)) throw new PortolanError('CannotListen', `${address} is not an IPv4 address`)
  return madeIn(namespace, () => {
    const fd = newSocket()
    const on = Buffer.alloc(4)
    on.writeInt32LE(1)
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length)
    const where = socketAddress(address, port)
    if (libc.bind(fd, where, where.length) === 0 && libc.listen(fd, BACKLOG) === 0) return fd
    closeSync(fd)
    throw new PortolanError('CannotListen', `${address}:${port} is taken by another program`)
  })
}

/**
 * A socket belongs to the namespace it was made in, wherever it is used: so this thread is elsewhere only while it makes
 * one, and nothing else of the process can run in that time.
 */
function madeIn(namespace: string, make: () => number): number {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  try {
    const there = openSync(namespace, 'r')
    try {
      if (libc.setns(there, CLONE_NEWNET) !== 0) throw new PortolanError('NoNamespace', `cannot enter the namespace ${namespace}`)
      try {
        return make()
      } finally {
        // A process that is stuck in another's namespace must not go on as if it were at home.
        if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort()
      }
    } finally {
      closeSync(there)
    }
  } finally {
    closeSync(home)
  }
}

function newSocket(family = AF_INET): number {
  const fd: number = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new PortolanError('NoSocket', 'the kernel gives no socket')
  return fd
}

/** struct sockaddr_in, ip(7). */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(AF_INET, 0)
  bytes.writeUInt16BE(port, 2)
  bytes.set(address.split('.').map(Number), 4)
  return bytes
}
