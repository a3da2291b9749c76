import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { type ClusterOption, rootOf, untilTold, wholeNumber, withCluster } from '../options.ts'

/** Cluster DNS in a process of its own, against any Kubernetes cluster: the twin of CoreDNS. */
export function addDns(program: Command): void {
  const dns = program
    .command('dns')
    .description('cluster DNS (CoreDNS)')
    .option('--kubeconfig <file>', 'which cluster, and as whom')
    .option('--listen <address:port...>', 'where to answer')
    .option('--corefile <file>', 'the settings of a Corefile; flags go before it', (file) => readFileSync(file, 'utf8'))
  addAnswering(dns)
  addForwarding(dns)
  addObserving(dns)
  addHost(dns)
  dns
    .addHelpText('after', '\nExample:\n  portolan dns --kubeconfig dns.conf --listen 127.0.0.1:5353 --forward /etc/resolv.conf')
    .action(async (flags, command: Command) => {
      if (!flags.kubeconfig) command.error("error: required option '--kubeconfig <file>' not specified")
      return (await import('../../cluster/index.ts')).runDnsAlone(flags, untilTold())
    })
}

function addHost(dns: Command): void {
  const host = dns.command('host').description("let this machine's own programs find the names of a cluster")
  for (const turn of ['on', 'off'] as const)
    withCluster(host.command(turn))
      .description(turn === 'on' ? 'from now on, by systemd-resolved or /etc/resolv.conf' : 'no longer: everything is put back')
      .option('--server <ip>', "where its DNS answers (default: kube-dns's address)")
      .addHelpText('after', `\nExample:\n  portolan dns host ${turn}`)
      .action(async (flags: ClusterOption & { readonly server?: string }) => {
        const { turnHostDns } = await import('../../cluster/index.ts')
        const { server } = flags
        const said = await turnHostDns(turn, { root: await rootOf(flags), ...(server === undefined ? {} : { server }) })
        process.stdout.write(`${said}\n`)
      })
}

const addAnswering = (dns: Command): Command =>
  dns
    .option('--cluster-domain <name>', 'the domain of the cluster (default: cluster.local)')
    .option('--authority <zone...>', "zones that nobody else is asked about (default: the cluster's domain)")
    .option('--ttl <seconds>', 'how long clients may keep an answer (default: 5)', wholeNumber)
    .addOption(
      new Option('--pods <which>', 'names of Pods: any, those that exist, none (default: insecure)').choices([
        'insecure',
        'verified',
        'disabled',
      ]),
    )
    .option('--autopath', "go Pods' search path for them; watches all Pods")
    .option('--host-entry <line...>', 'a fixed host: "192.0.2.1 registry.example"')

const addForwarding = (dns: Command): Command =>
  dns
    .option('--forward <ip...>', 'who is asked for other names, or a file like /etc/resolv.conf')
    .option('--stub-domain <domain=ip,ip...>', 'who is asked for names of one domain')
    .option('--except <domain...>', 'domains whose names nobody is asked for')
    .addOption(
      new Option('--forward-policy <which>', 'who is asked first (default: sequential)').choices([
        'sequential',
        'round_robin',
        'random',
      ]),
    )
    .option('--max-concurrent <number>', 'questions to others at once (default: 1000)', wholeNumber)
    .option('--force-tcp', 'ask others over TCP')
    .option('--cache-ttl <seconds>', 'how long to keep answers of others at most (default: 30)', wholeNumber)
    .option('--cache-size <bytes>', 'room for them (default: 8 MiB)', wholeNumber)
    .option('--prefetch <questions>', 'after so many, ask anew before an answer runs out', wholeNumber)

const addObserving = (dns: Command): Command =>
  dns
    .option('--health [address:port]', 'serve /health (default: :8080)')
    .option('--ready [address:port]', 'serve /ready (default: :8181)')
    .option('--metrics [address:port]', "serve /metrics under CoreDNS's names (default: :9153)")
    .option('--log-queries', 'write a line for every question, and a hint when one name took several')
