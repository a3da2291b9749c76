import { readFileSync } from 'node:fs'
import {
  accessOf,
  type Caches,
  type Client,
  connectHttp2,
  createCaches,
  createClient,
  createRecorder,
  leanTransforms,
} from '../../client/index.ts'
import type { DnsFlags } from '../../dns/index.ts'
import { type Clock, createLogger, type Logger, systemClock } from '../../lib/index.ts'
import { giveBackMemory } from '../processes/memory.ts'

/** What every component is given when it runs in a process of its own, against any cluster. */
export interface Access {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
}

/** The cluster of a kubeconfig file, as `component` sees it, which may do with lean copies of what it only reads. */
export function accessFor(
  component: string,
  kubeconfig: string,
  { lean }: { readonly lean: boolean },
  signal: AbortSignal,
): Access {
  const connection = connectHttp2(accessOf(kubeconfig))
  signal.addEventListener('abort', () => connection.close(), { once: true })
  void giveBackMemory(signal)
  const log = createLogger(component)
  const client = createClient(connection.handler, { userAgent: `portolan-${component}` })
  return {
    client,
    caches: createCaches({ client, log, ...(lean ? { transforms: leanTransforms() } : {}) }, signal),
    clock: systemClock,
    log,
  }
}

export interface ProxyFlags {
  readonly kubeconfig: string
  readonly nodeName: string
  /** One range, or one of each family with a comma between. */
  readonly clusterCidr?: string
  readonly serviceCidr: readonly string[]
  /** `0.0.0.0:10256`; empty for nowhere. */
  readonly healthzBindAddress: string
  readonly metricsBindAddress: string
}

/** The service proxy, in the network namespace it is started in. */
export async function runProxyAlone(flags: ProxyFlags, signal: AbortSignal): Promise<void> {
  const [{ runProxy }, { createConntrack, createNft, setSysctl }] = await Promise.all([
    import('../../proxy/index.ts'),
    import('../../kernel/index.ts'),
  ])
  const { kubeconfig, nodeName, clusterCidr, serviceCidr } = flags
  const access = accessFor('proxy', kubeconfig, { lean: true }, signal)
  await runProxy(
    {
      ...access,
      kernel: { nft: createNft(), conntrack: createConntrack(), setSysctl },
      nodeName,
      recorder: createRecorder({ ...access, component: 'kube-proxy', host: nodeName }),
      podCIDRs: clusterCidr?.split(',') ?? [],
      serviceCIDRs: serviceCidr,
      serve: { healthzAddress: flags.healthzBindAddress, metricsAddress: flags.metricsBindAddress },
    },
    signal,
  )
  await ended(signal)
}

/** Removes the proxy's tables, and nothing else, from this network namespace. */
export async function cleanUpProxy(): Promise<void> {
  const [{ cleanUp }, { createNft }] = await Promise.all([import('../../proxy/index.ts'), import('../../kernel/index.ts')])
  await cleanUp(createNft())
}

/** Cluster DNS with the settings of flags and of a Corefile. */
export async function runDnsAlone(flags: DnsFlags & { readonly kubeconfig: string }, signal: AbortSignal): Promise<void> {
  const { runDns, settingsFromFlags } = await import('../../dns/index.ts')
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const settings = settingsFromFlags(flags, { environment: process.env, readFile })
  await runDns({ ...accessFor('dns', flags.kubeconfig, { lean: true }, signal), ...settings }, signal)
  await ended(signal)
}

export interface LoadBalancerFlags {
  readonly kubeconfig: string
  readonly pool: readonly string[]
  /** The node to answer for; without one, addresses are given and nobody answers for them. */
  readonly nodeName?: string
  readonly device: string
}

/** Gives addresses to Services of any cluster; on a node of it, in the network namespace it is started in, it answers for them. */
export async function runLoadBalancerAlone(flags: LoadBalancerFlags, signal: AbortSignal): Promise<void> {
  const { checkPool, runAnswering, runLoadBalancer } = await import('../../loadbalancer/index.ts')
  const { kubeconfig, nodeName, device } = flags
  const pool = checkPool(flags.pool)
  const access = accessFor('loadbalancer', kubeconfig, { lean: true }, signal)
  if (nodeName === undefined) await runLoadBalancer({ ...access, pool }, signal)
  else {
    const { createIp, setSysctl } = await import('../../kernel/index.ts')
    await runAnswering({ ...access, ip: createIp(), setSysctl, nodeName, device, pool }, signal)
  }
  await ended(signal)
}

export async function runSchedulerAlone(kubeconfig: string, signal: AbortSignal): Promise<void> {
  const { runScheduler } = await import('../../scheduler/index.ts')
  await runScheduler(accessFor('scheduler', kubeconfig, { lean: false }, signal), signal)
  await ended(signal)
}

export interface ControllersFlags {
  readonly kubeconfig: string
  /** One range, or one of each family with a comma between. */
  readonly clusterCidr: string
  readonly dnsIp: string
}

export async function runControllersAlone(
  { kubeconfig, clusterCidr, dnsIp }: ControllersFlags,
  signal: AbortSignal,
): Promise<void> {
  const { runControllers } = await import('../../controllers/index.ts')
  const cluster = { podCIDRs: clusterCidr.split(','), dnsIP: dnsIp, rootCertificate: accessOf(kubeconfig).ca }
  await runControllers({ ...accessFor('controllers', kubeconfig, { lean: false }, signal), cluster }, signal)
  await ended(signal)
}

export interface KubeletFlags {
  readonly kubeconfig: string
  readonly nodeName: string
  /** One address, or one of each family with a comma between; so are ranges. */
  readonly nodeIp: string
  readonly clusterCidr?: string
  readonly stateDir: string
  readonly dataDir: string
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  readonly evictionHard?: string
}

/** A kubelet in the network namespace it is started in; without a serving certificate it offers no logs and no exec. */
export async function runKubeletAlone(flags: KubeletFlags, signal: AbortSignal): Promise<void> {
  const [{ hostImages, parseThresholds, runKubelet }, { kubeletKernel }, { imagesBelow }] = await Promise.all([
    import('../../kubelet/index.ts'),
    import('../processes/kubelet-kernel.ts'),
    import('../files/images.ts'),
  ])
  const { kubeconfig, nodeName, nodeIp, clusterCidr, stateDir, dataDir, clusterDns, clusterDomain, evictionHard } = flags
  const eviction = evictionHard === undefined ? {} : { thresholds: parseThresholds(evictionHard) }
  const images = hostImages(process.env['PATH'] ?? '', imagesBelow(dataDir))
  const network = { clusterDNS: clusterDns, clusterDomain, podNetworks: clusterCidr?.split(',') ?? [] }
  const node = {
    nodeName,
    nodeIPs: nodeIp.split(','),
    stateDir,
    dataDir,
    eviction,
    ...network,
    images,
    kernel: kubeletKernel(stateDir),
  }
  await runKubelet({ ...accessFor('kubelet', kubeconfig, { lean: false }, signal), ...node }, signal)
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
