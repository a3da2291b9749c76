import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import ffi from 'node:ffi'
import { PortolanError } from '../lib/index.ts'

const CLONE_NEWNET = 0x40000000
const AF_INET = 2
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

const { functions: libc } = ffi.dlopen('libc.so.6', {
  setns: { arguments: ['i32', 'i32'], return: 'i32' },
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
})

/**
 * A TCP connection to 127.0.0.1:`port` of another network namespace; the socket emits `connect` or `error`. A socket
 * belongs to the namespace it was made in, wherever it is used: so this thread is elsewhere only while it makes one,
 * and nothing else of the process can run in that time.
 */
export function connectIn(namespace: string, port: number): Socket {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const there = openSync(namespace, 'r')
  try {
    if (libc.setns(there, CLONE_NEWNET) !== 0) throw new PortolanError('NoNamespace', `cannot enter the namespace ${namespace}`)
    const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    // A process that is stuck in a Pod's namespace must not go on as if it were a node.
    if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort()
    if (fd < 0) throw new PortolanError('NoSocket', `no socket in the namespace ${namespace}`)
    return new Socket({ fd, allowHalfOpen: true }).connect({ port, host: '127.0.0.1' })
  } finally {
    closeSync(home)
    closeSync(there)
  }
}
