import { closeSync, constants, openSync } from 'node:fs'
import ffi from 'node:ffi'

/** A pseudo-terminal, see pty(7). */
export interface Terminal {
  /** The end that is read and written here. */
  readonly master: number
  /** The end that a program has as its standard input, output and error; to be closed once the program has it. */
  readonly slave: number
  resize(columns: number, rows: number): void
}

// asm-generic/ioctls.h; the same on x86_64 and aarch64.
const TIOCGPTN = 0x80045430n
const TIOCSPTLCK = 0x40045431n
const TIOCSWINSZ = 0x5414n

const { functions: libc } = ffi.dlopen('libc.so.6', { ioctl: { arguments: ['i32', 'u64', 'buffer'], return: 'i32' } })

export function openTerminal(): Terminal {
  const flags = constants.O_RDWR | constants.O_NOCTTY
  const master = openSync('/dev/ptmx', flags)
  try {
    const number = Buffer.alloc(4)
    libc.ioctl(master, TIOCSPTLCK, Buffer.alloc(4))
    libc.ioctl(master, TIOCGPTN, number)
    const slave = openSync(`/dev/pts/${number.readUInt32LE()}`, flags)
    return { master, slave, resize: (columns, rows) => void libc.ioctl(master, TIOCSWINSZ, windowSize(columns, rows)) }
  } catch (error) {
    closeSync(master)
    throw error
  }
}

/** How large the terminal at this path is. One that has gone is no error. */
export function resizeTerminal(path: string, columns: number, rows: number): void {
  let terminal: number
  try {
    terminal = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
  } catch {
    return
  }
  libc.ioctl(terminal, TIOCSWINSZ, windowSize(columns, rows))
  closeSync(terminal)
}

/** struct winsize: rows, columns, and two fields that nobody uses. */
function windowSize(columns: number, rows: number): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt16LE(rows, 0)
  size.writeUInt16LE(columns, 2)
  return size
}
