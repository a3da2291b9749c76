import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

export function addOutside(program: Command): void {
  const outside = program.command('outside').description('be the laptop outside the cluster').enablePositionalOptions()
  withCluster(outside.command('exec'))
    .description('run a command in the network of the laptop outside, 192.168.1.10')
    .argument('<command...>', 'program and arguments, after --')
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  portolan outside exec -- curl -s http://192.168.1.2:30008')
    .action(async (command: string[], flags: ClusterOption) => {
      const { execOutside } = await import('../../cluster/index.ts')
      process.exitCode = await execOutside({ root: await rootOf(flags), command, environment: process.env })
    })
}
