import { open } from 'node:fs/promises'
import type { Container } from '../../api/index.ts'
import type { ContainerState } from '../../kernel/index.ts'

/** Bytes of last words, and of output in their place (kubecontainer.MaxContainerTerminationMessage…). */
const LONGEST = 4096
const LONGEST_LOG = 2048
const LOG_LINES = 80

/** Makes the empty file for a run's last words; any user may write. */
export async function makeTerminationFile(path: string): Promise<void> {
  const file = await open(path, 'w')
  await file.chmod(0o666)
  await file.close()
}

export interface LastWords {
  /** What the container may have written to. */
  readonly file: string
  /** The run's output. */
  readonly log: string
  readonly state: ContainerState
}

/** What a run that has ended says of its end: its file, or its last output where the policy says so. Empty while it runs. */
export async function terminationMessage(container: Container | undefined, { file, log, state }: LastWords): Promise<string> {
  if (!container || state.state !== 'exited' || state.startedAt === undefined) return ''
  const own = await readPart(file, { from: 'start', length: LONGEST })
  if (own !== '' || state.exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return own
  const end = await readPart(log, { from: 'end', length: LONGEST_LOG })
  return end
    .split('\n')
    .slice(-(LOG_LINES + (end.endsWith('\n') ? 1 : 0)))
    .join('\n')
}

async function readPart(path: string, { from, length }: { from: 'start' | 'end'; length: number }): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await file.read(buffer, 0, length, from === 'start' ? 0 : Math.max(0, size - length))
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
