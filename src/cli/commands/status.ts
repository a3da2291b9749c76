import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

export function addStatus(program: Command): void {
  withCluster(program.command('status'))
    .description('say whether a cluster runs, and how it is reached')
    .option('-o, --output <format>', 'json, for programs')
    .addHelpText('after', '\nExample:\n  portolan status -o json')
    .action(async (flags: ClusterOption & { readonly output?: string }) => {
      const { addressesOf, contextName, inFamilies, outsideIP, status } = await import('../../cluster/index.ts')
      const { spec, pid } = status(await rootOf(flags))
      const state = spec === undefined ? 'none' : pid === undefined ? 'down' : 'running'
      const facts = spec && {
        context: contextName(spec.name),
        server: `https://127.0.0.1:${spec.port}`,
        nodes: spec.nodes.map((node) => ({ ...node, addresses: addressesOf(spec, node.ip) })),
        outside: outsideIP(spec),
        podCIDR: spec.podCIDR,
        serviceCIDR: spec.serviceCIDR,
        podCIDRs: inFamilies(spec, 'podCIDR'),
        serviceCIDRs: inFamilies(spec, 'serviceCIDR'),
      }
      if (flags.output === 'json') {
        process.stdout.write(`${JSON.stringify({ name: flags.name, state, pid, ...facts }, null, 2)}\n`)
        return
      }
      const rows: [string, string][] = [['cluster', `${flags.name} (${state})`]]
      if (facts) {
        rows.push(
          ['context', facts.context],
          ['API server', facts.server],
          ['nodes', facts.nodes.map(({ name, addresses }) => [name, ...addresses].join(' ')).join(', ')],
        )
        rows.push(
          ['outside', addressesOf(spec, facts.outside).join(' ')],
          ['Pods', facts.podCIDRs.join(' ')],
          ['Services', facts.serviceCIDRs.join(' ')],
        )
      }
      process.stdout.write(rows.map(([key, value]) => `${key.padEnd(11)} ${value}\n`).join(''))
      if (state !== 'running') process.exitCode = 3
    })
}
