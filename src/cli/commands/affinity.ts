import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

interface AffinityFlags extends ClusterOption {
  readonly namespace: string
  readonly output?: string
}

export function addAffinity(program: Command): void {
  withCluster(program.command('affinity'))
    .description('show which Pod a Service with sessionAffinity: ClientIP keeps for which client, and for how long')
    .argument('<service>', 'svc/NAME')
    .option('-n, --namespace <namespace>', 'where the Service is', 'default')
    .option('-o, --output <format>', 'json, for programs')
    .addHelpText('after', '\nExample:\n  portolan affinity svc/kubia')
    .action(async (service: string, flags: AffinityFlags) => {
      const { affinityOf } = await import('../../cluster/index.ts')
      const name = service.replace(/^(svc|services?)\//, '')
      const kept = await affinityOf({ root: await rootOf(flags), namespace: flags.namespace, name })
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify(kept, null, 2)}\n`)
      else if (kept.length === 0) process.stdout.write(`No clients of svc/${name} yet.\n`)
      else process.stdout.write(table(kept))
    })
}

interface Row {
  readonly client: string
  readonly by: string
  readonly pod: string | undefined
  readonly endpoint: string
  readonly node: string
  readonly secondsLeft: number
}

function table(kept: readonly Row[]): string {
  const rows = kept.map(({ client, by, pod, endpoint, node, secondsLeft }) => [
    client,
    by,
    pod ?? '<none>',
    endpoint,
    node,
    String(secondsLeft),
  ])
  const all = [['CLIENT', 'CAME BY', 'POD', 'ENDPOINT', 'NODE', 'SECONDS LEFT'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)) + 3)
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('')
          .trimEnd()}\n`,
    )
    .join('')
}
