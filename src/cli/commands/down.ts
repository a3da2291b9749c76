import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'
import { createProgress } from '../progress.ts'

export function addDown(program: Command): void {
  withCluster(program.command('down'))
    .description('stop a cluster; its objects stay on disk for the next up')
    .option('--delete', 'forget its objects too')
    .addHelpText('after', '\nExample:\n  portolan down\n  portolan down --delete')
    .action(async (flags: ClusterOption & { readonly delete?: boolean }) => {
      const { down, forget } = await import('../../cluster/index.ts')
      const root = await rootOf(flags)
      const progress = createProgress()
      const wasRunning = await down(root)
      if (flags.delete) forget(root)
      progress.done(
        wasRunning
          ? `cluster ${flags.name} is down; nothing of it is left in the kernel`
          : `cluster ${flags.name} was not running`,
      )
    })
}
