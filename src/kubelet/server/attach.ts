import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../lib/index.ts'
import { exitStatus, failureStatus } from '../../wire/index.ts'
import { readLog } from '../logs/read.ts'
import type { Channels } from './channels.ts'
import { isWanted, type Session } from './exec.ts'

/** `/attach/{namespace}/{pod}/{container}`: the container's own program, from now until it ends. */
export async function openAttach(channels: Channels, { found, query, context }: Session): Promise<void> {
  const { state, container, run } = found
  try {
    if (isWanted(query, 'input') && container.stdin) await connectInput(channels, { found, query, context })
    channels.begin()
    const ended = new AbortController()
    const end = context.kernel.containers.ended(run.folder, channels.gone).finally(() => ended.abort())
    end.catch(() => {})
    const file = context.layout.log(state, container.name, run.attempt)
    const source = { file, ended: ended.signal, now: () => context.clock.now() }
    for await (const piece of readLog(source, { follow: true, timestamps: false }, channels.gone))
      await channels.write('stdout', piece)
    channels.finish(exitStatus((await end).exitCode))
  } catch (error) {
    if (!channels.gone.aborted) channels.finish(failureStatus(`error attaching to container: ${messageOf(error)}`))
  }
}

/** The container's standard input is a pipe; with stdinOnce it ends with the first client that ends it. */
async function connectInput(channels: Channels, { found, context }: Session): Promise<void> {
  const { run, container } = found
  // Without O_NONBLOCK a pipe that nobody reads any more would hold up the whole process.
  const pipe = await open(join(run.folder, 'stdin'), constants.O_WRONLY | constants.O_NONBLOCK)
  const stream = pipe.createWriteStream()
  stream.on('error', () => {})
  channels.onInput((data) => stream.write(data))
  channels.onInputEnd(() => {
    stream.end(() => void (container.stdinOnce && context.kernel.containers.closeStdin(run.folder)))
  })
}
