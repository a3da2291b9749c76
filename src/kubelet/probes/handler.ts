import { createConnection, isIPv6 } from 'node:net'
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import type { Run } from '../pod/state.ts'
import { askHealth } from './grpc.ts'
import { getHttp } from './http.ts'
import { dialError, type Outcome } from './outcome.ts'

export interface HandlerTarget {
  readonly run: Run
  /** The Pod's. */
  readonly address: string
  /** Whose port names may be used. */
  readonly container: Container | undefined
  readonly context: KubeletContext
}

const FINE: Outcome = { ok: true, message: '' }
const bad = (message: string): Outcome => ({ ok: false, message })

/** Does what a probe or a lifecycle hook says, once; what goes wrong is an outcome. `signal` is its time-out. */
export async function runHandler(
  handler: Probe | LifecycleHandler,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<Outcome> {
  if (handler.exec) return execHandler(handler.exec.command ?? [], target, signal)
  if (handler.httpGet) return httpHandler(handler.httpGet, target, signal)
  if (handler.tcpSocket) {
    const host = handler.tcpSocket.host || target.address
    return connect(host, portOf(handler.tcpSocket.port, target.container), signal)
  }
  if ('grpc' in handler && handler.grpc) {
    const { grpc, timeoutSeconds = 1 } = handler
    return askHealth(`${target.address}:${grpc.port}`, { service: grpc.service ?? '', timeoutSeconds }, signal)
  }
  if ('sleep' in handler && handler.sleep) await target.context.clock.sleep(handler.sleep.seconds * 1000, signal).catch(() => {})
  return FINE
}

/** Does what a hook says, once. The API lets a tcpSocket in, but no kubelet has ever run one (pkg/kubelet/lifecycle/handlers.go). */
export async function runHook(hook: LifecycleHandler, target: HandlerTarget, signal: AbortSignal): Promise<Outcome> {
  if (!hook.exec && !hook.httpGet && !hook.sleep) return bad('invalid handler')
  return runHandler(hook, target, signal)
}

/** A number, or the name of one of the container's ports; 0 when there is no such port. */
const portOf = (port: number | string, container: Container | undefined): number => {
  const number = Number(port)
  if (!Number.isNaN(number)) return number
  return container?.ports?.find(({ name }) => name === port)?.containerPort ?? 0
}

async function execHandler(command: readonly string[], { run, context }: HandlerTarget, signal: AbortSignal): Promise<Outcome> {
  try {
    const execution = context.kernel.containers.exec(run.id, { command }, signal)
    execution.stdin.end()
    const pieces: Buffer[] = []
    execution.stdout.on('data', (piece: Buffer) => pieces.push(piece))
    execution.stderr?.on('data', (piece: Buffer) => pieces.push(piece))
    const code = await execution.ended
    return code === 0 ? FINE : bad(Buffer.concat(pieces).toString('utf8'))
  } catch (error) {
    if (signal.aborted) return bad(`command timed out: ${JSON.stringify(command.join(' '))}`)
    return { ok: false, unknown: true, message: messageOf(error) }
  }
}

function httpHandler(action: HTTPGetAction, { address, container }: HandlerTarget, signal: AbortSignal): Promise<Outcome> {
  const { host, path = '/', port, scheme = 'HTTP', httpHeaders = [] } = action
  const name = host || address
  const authority = `${isIPv6(name) ? `[${name}]` : name}:${portOf(port, container)}`
  const url = `${scheme.toLowerCase()}://${authority}${path.startsWith('/') ? path : `/${path}`}`
  return getHttp(url, Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])), signal)
}

function connect(host: string, port: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, signal })
    const settle = (outcome: Outcome): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => settle(FINE))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(bad(dialError(error, `${host}:${port}`, signal))))
  })
}
