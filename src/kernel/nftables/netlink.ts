import { getSystemErrorName } from 'node:util'
import { PortolanError } from '../../lib/index.ts'
import { type Message, parseMessages } from './messages.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const NETLINK_NETFILTER = 12
/** One page more than the kernel ever puts into one answer. */
const RECEIVED = 32 << 10

/** A conversation with nfnetlink, netlink(7), in the network namespace of the thread that opens it. */
export interface Netlink {
  /** Sends messages and answers what the kernel says to them; blocks until it has. Throws NetlinkFailed with the kernel's error. */
  ask(messages: Buffer): readonly Message[]
}

/** Throws where the C library can't be loaded. */
export async function openNetlink(): Promise<Netlink> {
  const { default: ffi } = await import('node:ffi')
  const { functions: libc } = ffi.dlopen('libc.so.6', {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
    recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  })
  const socket = libc['socket']!(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER) as number
  if (socket < 0) throw new PortolanError('NetlinkFailed', 'no netlink socket for netfilter')
  const received = Buffer.alloc(RECEIVED)
  return {
    ask(messages) {
      if (Number(libc['send']!(socket, messages, BigInt(messages.length), 0)) !== messages.length)
        throw new PortolanError('NetlinkFailed', 'netlink did not take a message')
      const length = Number(libc['recv']!(socket, received, BigInt(RECEIVED), 0))
      if (length < 0) throw new PortolanError('NetlinkFailed', 'netlink did not answer')
      const answers = parseMessages(received.subarray(0, length))
      const failed = answers.find(({ error }) => error !== undefined && error !== 0)
      if (failed) throw new PortolanError('NetlinkFailed', `netfilter refused: ${getSystemErrorName(failed.error!)}`)
      return answers
    },
  }
}
