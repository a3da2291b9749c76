import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'
import { createProgress } from '../progress.ts'
import { programOf } from './up.ts'

export function addNode(program: Command): void {
  const node = program.command('node').description('work on the nodes of a cluster').enablePositionalOptions()
  withCluster(node.command('exec'))
    .description("run a command in a node's network")
    .argument('<node>', 'which node')
    .argument('<command...>', 'program and arguments, after --')
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  portolan node exec node1 -- nft list table ip portolan-proxy')
    .action(async (name: string, words: string[], flags: ClusterOption) => {
      const command = words[0] === '--' ? words.slice(1) : words // what comes behind the node's name is passed through, the dashes too
      const { execOnNode } = await import('../../cluster/index.ts')
      process.exitCode = await execOnNode(name, { root: await rootOf(flags), command, environment: process.env })
    })
  addAdd(node)
  for (const [verb, description, doing, done] of [
    ['remove', 'take a node away for good', 'is removed', 'is gone; its Pods start elsewhere'],
    [
      'stop',
      "cut a node's power: what runs there ends at once, and nobody is told",
      'stops',
      'is off; portolan node start brings it back',
    ],
    ['start', 'start a node again that was stopped', 'starts', 'is ready'],
  ] as const) {
    withCluster(node.command(verb))
      .description(description)
      .argument('<node>', 'which node')
      .addHelpText('after', `\nExample:\n  portolan node ${verb} node2`)
      .action(async (name: string, flags: ClusterOption) => {
        const { removeNode, startNode, stopNode } = await import('../../cluster/index.ts')
        const progress = createProgress()
        progress.step(`${name} ${doing}`)
        await { remove: removeNode, start: startNode, stop: stopNode }[verb](await rootOf(flags), name)
        progress.done(`${name} ${done}`)
      })
  }
}

function addAdd(node: Command): void {
  withCluster(node.command('add'))
    .description('add a node to a running cluster')
    .argument('[node]', 'its name (default: node3 and so on)')
    .option('--zone <zone>', 'its label topology.kubernetes.io/zone')
    .addHelpText('after', '\nExample:\n  portolan node add --zone b')
    .action(async (name: string | undefined, flags: ClusterOption & { readonly zone?: string }) => {
      const { addNode } = await import('../../cluster/index.ts')
      const progress = createProgress()
      progress.step('a new node starts')
      const wanted = { ...(name === undefined ? {} : { name }), ...(flags.zone === undefined ? {} : { zone: flags.zone }) }
      const added = await addNode({ root: await rootOf(flags), program: programOf() }, wanted)
      progress.done(`${added.name} (${added.ip}) is ready`)
    })
}
