import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

export function addLoad(program: Command): void {
  withCluster(program.command('load'))
    .description('give the nodes the images of archives by docker save, OCI archives or OCI layout folders')
    .argument('<file...>', 'archives, compressed or not, or folders')
    .addHelpText('after', '\nExample:\n  docker save web:1 | gzip > web.tar.gz\n  portolan load web.tar.gz')
    .action(async (files: readonly string[], flags: ClusterOption) => {
      const { loadArchive } = await import('../../cluster/index.ts')
      const root = await rootOf(flags)
      for (const file of files)
        for (const { name } of await loadArchive(root, file)) process.stdout.write(`Loaded image: ${name}\n`)
    })
}
