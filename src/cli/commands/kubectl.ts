import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

export function addKubectl(program: Command): void {
  withCluster(program.command('kubectl'))
    .description('the kubectl that comes with Portolan, as administrator of the cluster')
    .argument('[args...]', 'what kubectl is to do')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], flags: ClusterOption) => {
      const { runKubectl } = await import('../../cluster/index.ts')
      process.exitCode = await runKubectl({ root: await rootOf(flags), args, environment: process.env })
    })
}
