/**
 * The long-running processes of a cluster. Each loads its own parts only when it is started: a node's process has no use
 * for an API server, and a command that ends at once has none for either.
 */
import { trimAfterStart } from '../kernel/index.ts'
import { systemClock } from '../lib/index.ts'
import type { ControlPlaneOptions } from './control-plane.ts'
import type { NodeAgentOptions } from './node-agent.ts'

export async function runControlPlane(options: ControlPlaneOptions, signal: AbortSignal): Promise<void> {
  void giveBackMemory(signal)
  await (await import('./control-plane.ts')).runControlPlane(options, signal)
}

export async function runNodeAgent(options: NodeAgentOptions, signal: AbortSignal): Promise<void> {
  void giveBackMemory(signal)
  await (await import('./node-agent.ts')).runNodeAgent(options, signal)
}

/** They live long and are idle most of the time: what only start-up needed is not kept. */
const giveBackMemory = (signal: AbortSignal): Promise<void> =>
  trimAfterStart((milliseconds) => systemClock.sleep(milliseconds, signal)).catch(() => {})
