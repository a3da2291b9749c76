import { nodes, pods } from '../../api/index.ts'
import { type Client, isNotFound } from '../../client/index.ts'
import { enterBubble, run } from '../../kernel/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { bubbleOf } from '../bubble/enter.ts'
import { type ClusterFolder, folderAt, readSpec, writeSpec } from '../files/folder.ts'
import { serveNode } from '../bubble/init.ts'
import { startNodeCommand } from '../bubble/network.ts'
import { makeNodePki } from '../files/pki.ts'
import { whenNodeReady } from './ready.ts'
import { withClient } from './with-client.ts'
import { type ClusterSpec, type NewNode, nodeOf, type NodeSpec, withNode } from '../spec.ts'

export interface NodeOptions {
  readonly root: string
  /** How this program is started: its interpreter and its script. */
  readonly program: readonly string[]
}

/** How long a node may take to be ready; milliseconds. */
const PATIENCE = 30_000

/** A new machine in a running cluster; resolves when it is ready to run Pods. Throws NotRunning, NodeExists, BadName, NotReady. */
export async function addNode({ root, program }: NodeOptions, wanted: NewNode): Promise<NodeSpec> {
  const { folder, spec } = running(root)
  const grown = withNode(spec, wanted)
  const node = grown.nodes.at(-1)!
  const since = Date.now()
  await makeNodePki(folder, grown, node, since)
  writeSpec(folder, grown)
  await inBubble(root, `${startNodeCommand(grown, node)}${serveNode(node.name, program, root)}`)
  await withClient(root, (client) => whenNodeReady(client, node.name, since, AbortSignal.timeout(PATIENCE)))
  return node
}

/** The machine goes for good, and its Node with it: what ran there is started elsewhere. Throws NotRunning, NoSuchNode, LastNode. */
export async function removeNode(root: string, name: string): Promise<void> {
  const { folder, spec } = running(root)
  const node = nodeOf(spec, name)
  if (spec.nodes.length === 1)
    throw new PortolanError('LastNode', `${name} is the last node; portolan down ends the whole cluster`)
  await inBubble(root, `: >/run/portolan/removed/${node.name}; stop_node ${node.name}`)
  writeSpec(folder, { ...spec, nodes: spec.nodes.filter((each) => each !== node) })
  await forgetNodes(root, [name])
}

/** Takes Nodes out of the API whose machines are gone for good. Throws NotRunning. */
export const forgetNodes = (root: string, names: readonly string[]): Promise<void> =>
  withClient(root, async (client) => {
    for (const name of names) await forgetNode(client, name)
  })

/** Its Pods have ended with it, so nobody will report that: without this the collector of lost Pods would wait for a while. */
async function forgetNode(client: Client, name: string): Promise<void> {
  const unlessGone = (error: unknown): void => {
    if (!isNotFound(error)) throw error
  }
  await client.delete(nodes, { name }).catch(unlessGone)
  for (const { metadata } of (await client.list(pods, { fieldSelector: `spec.nodeName=${name}` })).items) {
    const pod = { namespace: metadata.namespace, name: metadata.name ?? '' }
    await client.delete(pods, pod, { gracePeriodSeconds: 0 }).catch(unlessGone)
  }
}

/** The machine loses its power: everything on it ends at once, and nobody is told. Throws NotRunning, NoSuchNode. */
export async function stopNode(root: string, name: string): Promise<void> {
  await inBubble(root, `stop_node ${nodeOf(running(root).spec, name).name}`)
}

/** The machine starts again, with what it had on its disk; resolves when it is ready. Nothing happens to one that runs. */
export async function startNode(root: string, name: string): Promise<void> {
  const { spec } = running(root)
  const node = nodeOf(spec, name)
  const since = Date.now()
  const unless = `[ -e /run/portolan/stopped/${name} ] || { echo runs; exit; }`
  const answer = await inBubble(root, `${unless}\n${startNodeCommand(spec, node)}`)
  if (answer !== '') return
  await withClient(root, (client) => whenNodeReady(client, name, since, AbortSignal.timeout(PATIENCE)))
}

function running(root: string): { readonly folder: ClusterFolder; readonly spec: ClusterSpec } {
  bubbleOf(root)
  const folder = folderAt(root)
  const spec = readSpec(folder)
  if (!spec) throw new PortolanError('NoCluster', `there is no cluster in ${root}`)
  return { folder, spec }
}

/** Runs a line of sh(1) with the first process's functions, where that process is. Answers what it prints. */
async function inBubble(root: string, line: string): Promise<string> {
  const [program = '', ...args] = enterBubble(bubbleOf(root), ['sh', '-c', `. "$1"; ${line}`, 'sh', folderAt(root).functions])
  return (await run(program, args)).stdout
}
