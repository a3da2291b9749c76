import { enterNetns, firstProcessOf, run, runAttached } from '../../kernel/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { folderAt, readRunning, readSpec } from '../files/folder.ts'
import { OUTSIDE } from './network.ts'
import { nodeOf } from '../spec.ts'

export interface EnterOptions {
  readonly root: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Runs a command in a node's network; answers its exit code. Throws NotRunning, or NoSuchNode with the nodes there are. */
export async function execOnNode(node: string, options: EnterOptions): Promise<number> {
  const process = bubbleOf(options.root)
  const spec = readSpec(folderAt(options.root))
  return enter(process, spec ? nodeOf(spec, node).name : node, options)
}

/** The same in the network of the laptop that stands outside the cluster. */
export const execOutside = (options: EnterOptions): Promise<number> => enter(bubbleOf(options.root), OUTSIDE, options)

/** The same, and answers what the command printed. */
export async function captureOutside({ root, command }: EnterOptions): Promise<string> {
  const [program = '', ...args] = enterNetns(bubbleOf(root), OUTSIDE, command)
  return (await run(program, args)).stdout
}

/** What a command printed in a node's network. Rejects with its own words when it fails. */
export async function captureOnNode(node: string, { root, command }: Pick<EnterOptions, 'root' | 'command'>): Promise<string> {
  const [program = '', ...args] = enterNetns(bubbleOf(root), node, command)
  return (await run(program, args)).stdout
}

function enter(process: number, netns: string, { command, environment }: EnterOptions): Promise<number> {
  const [program = '', ...args] = enterNetns(process, netns, command)
  return runAttached(program, args, environment)
}

/** The first process of a cluster's bubble, as the host numbers it. Throws NotRunning. */
export function bubbleOf(root: string): number {
  const running = readRunning(folderAt(root))
  const first = running && firstProcessOf(running.pid)
  if (first === undefined) throw new PortolanError('NotRunning', 'the cluster is not running; start it with portolan up')
  return first
}
