import { type Command, Option } from 'commander'
import { type ClusterOption, rootOf, wholeNumber, withCluster } from '../options.ts'
import { createProgress } from '../progress.ts'

interface UpFlags extends ClusterOption {
  readonly nodes?: number
  readonly kubeconfig?: string
  readonly nodeCidr?: string
  readonly podCidr?: string
  readonly serviceCidr?: string
  readonly loadBalancerPool?: readonly string[]
  readonly hostReach?: boolean
  readonly offline?: boolean
  readonly evictionHard?: string
  readonly ipFamily?: 'ipv4' | 'dual'
}

export function addUp(program: Command): void {
  withCluster(program.command('up'))
    .description('start a cluster, or start it again with everything it had')
    .option('--nodes <number>', 'how many nodes (default: 2, or as before)', wholeNumber)
    .option('--kubeconfig <file>', 'the file that gets a context (default: $KUBECONFIG or ~/.kube/config)')
    .addOption(
      new Option(
        '--ip-family <family>',
        'the addresses of a new cluster: IPv4, or IPv4 and IPv6 (default: dual where the kernel has IPv6)',
      ).choices(['ipv4', 'dual']),
    )
    .option('--node-cidr <cidrs>', "the nodes' network of a new cluster (default: 192.168.1.0/24,fd00:192:168:1::/64)")
    .option('--pod-cidr <cidrs>', 'where its Pods have their addresses (default: 10.244.0.0/16,fd00:10:244::/56)')
    .option('--service-cidr <cidrs>', 'where its cluster IPs come from (default: 10.96.0.0/12,fd00:10:96::/112)')
    .option(
      '--load-balancer-pool <cidr...>',
      "where load balancers get their addresses (default: a quarter of the nodes' network)",
    )
    .option('--offline', 'keep nodes and Pods from what this computer reaches')
    .option('--eviction-hard <thresholds>', 'when nodes end Pods for want of room, like nodefs.available<10%; empty for never')
    .option('--no-host-reach', 'give this computer no routes to cluster IPs and nodes')
    .addHelpText(
      'after',
      '\nExample:\n  portolan up --nodes 3\n  kubectl get nodes -o wide\n  portolan up --name lab --ip-family dual --pod-cidr 10.200.0.0/16,fd00:10:200::/56',
    )
    .action(async (flags: UpFlags) => {
      const { context, instead, kubeconfig, reach, spec } = await startCluster(flags)
      process.stdout.write(`The current context of ${kubeconfig} is ${context}: kubectl get nodes\n`)
      if (instead !== undefined) process.stdout.write(`The cluster has IPv4 only: ${instead}\n`)
      if ('reason' in reach && flags.hostReach !== false)
        process.stdout.write(`Cluster IPs and nodes can't be reached from this computer: ${reach.reason}\n`)
      if ('noIPv6' in reach) process.stdout.write(`Its IPv6 addresses can't be reached from this computer: ${reach.noIPv6}\n`)
      process.stdout.write(`Stop it with: portolan down${spec.name === 'default' ? '' : ` --name ${spec.name}`}\n`)
    })
}

/** Starts the cluster that the flags name, telling what is being done. */
export async function startCluster(flags: UpFlags) {
  const [{ up }, { defaultKubeconfigFile }] = await Promise.all([
    import('../../cluster/index.ts'),
    import('../../client/index.ts'),
  ])
  const progress = createProgress()
  const kubeconfig = flags.kubeconfig ?? defaultKubeconfigFile(process.env)
  const started = await up({
    name: flags.name,
    root: await rootOf(flags),
    kubeconfig,
    program: programOf(),
    environment: environmentOf(process.env),
    progress: (text) => progress.step(text),
    ...(flags.nodes === undefined ? {} : { nodes: flags.nodes }),
    ranges: rangesOf(flags),
    ...(flags.ipFamily ? { ipFamily: flags.ipFamily } : {}),
    ...(flags.loadBalancerPool ? { loadBalancerPool: flags.loadBalancerPool } : {}),
    reach: flags.hostReach ?? true,
    offline: flags.offline ?? false,
    ...(flags.evictionHard === undefined ? {} : { evictionHard: flags.evictionHard }),
  })
  progress.done(`cluster ${flags.name} answers: ${started.spec.nodes.length} node${started.spec.nodes.length === 1 ? '' : 's'}`)
  return { ...started, kubeconfig }
}

/** How this very program is started again, with a heap that gives memory back: most of its life a cluster is idle. */
export const programOf = (): string[] => [process.execPath, '--disable-warning=ExperimentalWarning', process.argv[1] ?? '']

/** What the cluster's processes may know of the user's environment; tokens and passwords that live there are not theirs. */
function environmentOf(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const passed = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_COMPILE_CACHE', 'PORTOLAN_LOG_LEVEL']
  return Object.fromEntries(passed.filter((name) => environment[name] !== undefined).map((name) => [name, environment[name]]))
}

const rangesOf = ({ nodeCidr, podCidr, serviceCidr }: UpFlags) => ({
  ...(nodeCidr === undefined ? {} : { nodeCIDR: nodeCidr }),
  ...(podCidr === undefined ? {} : { podCIDR: podCidr }),
  ...(serviceCidr === undefined ? {} : { serviceCIDR: serviceCidr }),
})
