import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../lib/index.ts'
import { exitStatus, failureStatus } from '../../wire/index.ts'
import { readLog } from '../logs/read.ts'
import type { Channels } from './channels.ts'
import { isWanted, type Session } from './exec.ts'

/**
 * `/attach/{namespace}/{pod}/{container}`: the container's own program, from now until it ends. What it said before is in its log.
 * How it ended is the Pod's to say: attaching has succeeded, as with containerd.
 */
export async function openAttach(channels: Channels, { found, query, context }: Session): Promise<void> {
  const { state, container, run } = found
  try {
    const file = context.layout.log(state, container.name, run.attempt)
    const from = (await stat(file)).size
    const left = new AbortController()
    const over = AbortSignal.any([channels.gone, left.signal])
    if (isWanted(query, 'input') && container.stdin) await connectInput(channels, { found, query, context }, () => left.abort())
    if (container.tty) followSize(channels, (columns, rows) => context.kernel.containers.resize(run.folder, columns, rows))
    channels.begin()
    const ended = new AbortController()
    const end = context.kernel.containers.ended(run.folder, over).finally(() => ended.abort())
    end.catch(() => {})
    const source = { file, ended: ended.signal, now: () => context.clock.now() }
    const options = { follow: true, timestamps: false, from }
    for await (const piece of readLog(source, options, over)) await channels.write('stdout', piece)
    if (!left.signal.aborted) await end
    channels.finish(exitStatus(0))
  } catch (error) {
    if (!channels.gone.aborted) channels.finish(failureStatus(`error attaching to container: ${messageOf(error)}`))
  }
}

/** One after the other: kubectl asks for another size first, so that whatever is on the screen is drawn again. */
function followSize(channels: Channels, resize: (columns: number, rows: number) => Promise<void>): void {
  let last = Promise.resolve()
  // A container that ends meanwhile needs no size.
  channels.onResize((columns, rows) => (last = last.then(() => resize(columns, rows)).catch(() => {})))
}

/**
 * With stdinOnce a pipe ends with the first client that ends it. Any other program, and a terminal, reads on for the next
 * client: this one has then said what it wanted to and leaves, as with containerd.
 */
async function connectInput(channels: Channels, { found, context }: Session, leave: () => void): Promise<void> {
  const { run, container } = found
  // Without O_NONBLOCK a pipe that nobody reads any more would hold up the whole process.
  const pipe = await open(join(run.folder, 'stdin'), constants.O_WRONLY | constants.O_NONBLOCK)
  const stream = pipe.createWriteStream()
  stream.on('error', () => {})
  channels.onInput((data) => stream.write(data))
  channels.onInputEnd(() => {
    const isLast = container.stdinOnce && !container.tty
    stream.end(() => (isLast ? void context.kernel.containers.closeStdin(run.folder) : leave()))
  })
}
