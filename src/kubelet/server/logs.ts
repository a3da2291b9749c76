import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Pod } from '../../api/index.ts'
import type { KubeletContext } from '../context.ts'
import { type LogOptions, readLog } from '../logs/read.ts'
import type { Pods } from '../pod/pods.ts'
import type { Run } from '../pod/state.ts'
import { findContainer } from './find.ts'
import { Refusal } from './refusal.ts'

export interface LogsRequest {
  /** Namespace, Pod, container. */
  readonly names: readonly string[]
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

/** `/containerLogs/{namespace}/{pod}/{container}` */
export async function answerLogs(
  { pods, context }: { pods: Pods; context: KubeletContext },
  { names, query, response }: LogsRequest,
): Promise<void> {
  const { pod, state, container, slot } = findContainer(pods, names)
  const previous = query.get('previous') === 'true'
  const run = previous ? slot?.previous : slot?.current
  if (!run) throw new Refusal(400, noLogs(pod, container.name, previous))
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const file = context.layout.log(state, container.name, run.attempt)
  const source = { file, ended: endOf(run, context, gone.signal), now: () => context.clock.now() }
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  const pieces = Readable.from(readLog(source, logOptions(query, context.clock.now()), gone.signal))
  await pipeline(pieces, response).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error
  })
}

/** As upstream words it. */
function noLogs({ metadata, status }: Pod, container: string, previous: boolean): string {
  const who = `container "${container}" in pod "${metadata.name}"`
  if (previous) return `previous terminated ${who} not found`
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const reason = all.find(({ name }) => name === container)?.state?.waiting?.reason ?? 'ContainerCreating'
  return `${who} is waiting to start: ${WAITING[reason] ?? reason}`
}

const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
}

/** Aborts when the run has ended. */
function endOf(run: Run, { kernel }: KubeletContext, gone: AbortSignal): AbortSignal {
  const ended = new AbortController()
  if (run.state.state === 'exited') ended.abort()
  else
    kernel.containers.ended(run.folder, gone).then(
      () => ended.abort(),
      () => ended.abort(),
    )
  return ended.signal
}

function logOptions(query: URLSearchParams, now: number): LogOptions {
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined)
  const seconds = number('sinceSeconds')
  const time = query.get('sinceTime')
  const since = seconds === undefined ? (time === null ? undefined : Date.parse(time)) : now - seconds * 1000
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    since,
  }
}
