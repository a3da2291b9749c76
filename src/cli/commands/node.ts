import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

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
}
