/**
 * The long-running processes of a cluster. Each loads its own parts only when it is started: a node's process has no use
 * for an API server, and a command that ends at once has none for either.
 */
import type { ControlPlaneOptions } from './control-plane.ts'
import { giveBackMemory } from './memory.ts'
import type { NodeAgentOptions } from './node-agent.ts'

export async function runControlPlane(options: ControlPlaneOptions, signal: AbortSignal): Promise<void> {
  void giveBackMemory(signal)
  await (await import('./control-plane.ts')).runControlPlane(options, signal)
}

export async function runNodeAgent(options: NodeAgentOptions, signal: AbortSignal): Promise<void> {
  void giveBackMemory(signal)
  await (await import('./node-agent.ts')).runNodeAgent(options, signal)
}
