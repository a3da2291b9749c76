import type { Readable } from 'node:stream'
import { ProgramError } from '../../kernel/index.ts'
import { messageOf } from '../../lib/index.ts'
import { exitStatus, failureStatus } from '../../wire/index.ts'
import type { KubeletContext } from '../context.ts'
import type { FoundContainer } from './find.ts'
import type { Run } from '../pod/state.ts'
import type { Channels } from './channels.ts'

export interface Session {
  readonly found: FoundContainer & { readonly run: Run }
  readonly query: URLSearchParams
  readonly context: KubeletContext
}

/** Kubelets are asked with `input=1`. */
export const isWanted = (query: URLSearchParams, name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '')

/** `/exec/{namespace}/{pod}/{container}?command=…`: a program beside the container's own. It ends with its client. */
export async function openExec(channels: Channels, { found, query, context }: Session): Promise<void> {
  const tty = isWanted(query, 'tty')
  try {
    const command = query.getAll('command')
    const execution = context.kernel.containers.exec(found.run.id, { command, tty }, channels.gone)
    channels.onResize((columns, rows) => execution.resize(columns, rows))
    if (isWanted(query, 'input')) {
      channels.onInput((data) => execution.stdin.write(data))
      channels.onInputEnd(() => execution.stdin.end())
    } else if (!tty) execution.stdin.end()
    channels.begin()
    await Promise.all([
      send(channels, 'stdout', execution.stdout),
      execution.stderr && send(channels, 'stderr', execution.stderr),
    ])
    channels.finish(exitStatus(await execution.ended))
  } catch (error) {
    if (channels.gone.aborted) return
    const words = error instanceof ProgramError ? notStarted(found.run.id, error.message) : messageOf(error)
    channels.finish(failureStatus(`error executing command in container: ${words}`))
  }
}

/** As containerd says it. */
const notStarted = (id: string, words: string): string =>
  `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: ` +
  `unable to start container process: ${words}: unknown`

async function send(channels: Channels, channel: 'stdout' | 'stderr', stream: Readable): Promise<void> {
  for await (const piece of stream) await channels.write(channel, piece as Buffer)
}
