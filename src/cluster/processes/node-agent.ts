import { createCaches, createClient, createRecorder, connectHttp2, accessOf, leanTransforms } from '../../client/index.ts'
import { runDns } from '../../dns/index.ts'
import { createConntrack, createIp, createNft, setSysctl } from '../../kernel/index.ts'
import { hostImages, parseThresholds, runKubelet } from '../../kubelet/index.ts'
import { createLogger, PortolanError, systemClock } from '../../lib/index.ts'
import { runAnswering } from '../../loadbalancer/index.ts'
import { announceProgrammed, runProxy } from '../../proxy/index.ts'
import { nodeCgroups } from '../bubble/cgroups.ts'
import { dnsOptions } from './dns-options.ts'
import { type ClusterFolder, folderAt, readSpec } from '../files/folder.ts'
import { imagesBelow } from '../files/images.ts'
import { kubeletKernel } from './kubelet-kernel.ts'
import { AUTHORITY, kubeletPair, nodeKubeconfig, readPair } from '../files/pki.ts'
import { addressesOf, dnsIP, inFamilies, poolOf } from '../addresses.ts'
import { CLUSTER_DOMAIN, type ClusterSpec, KUBELET_PORT, type NodeSpec } from '../spec.ts'
import { join } from 'node:path'

export interface NodeAgentOptions {
  readonly root: string
  readonly nodeName: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * The process of one node, in the node's network namespace: service proxy, load balancer addresses, DNS and kubelet over one connection and one set
 * of caches. Ends when `signal` aborts; what runs on the node goes on.
 */
export async function runNodeAgent({ root, nodeName, environment }: NodeAgentOptions, signal: AbortSignal): Promise<void> {
  // A registry that can't be found is soon said to be so: each name server is asked once, resolv.conf(5).
  process.env['RES_OPTIONS'] ??= 'timeout:2 attempts:1'
  const folder = folderAt(root)
  const spec = readSpec(folder)
  const node = spec?.nodes.find(({ name }) => name === nodeName)
  if (!spec || !node) throw new PortolanError('NoCluster', `there is no cluster with a node ${nodeName} in ${root}`)
  const { handler } = connectHttp2(accessOf(nodeKubeconfig(folder, nodeName)))
  const client = createClient(handler, { userAgent: 'portolan-node' })
  const log = createLogger('node').child({ node: nodeName })
  const caches = createCaches({ client, log, transforms: leanTransforms() }, signal)
  const nft = createNft()
  const kernel = kubeletKernel(stateDirOf(node), { cgroups: nodeCgroups(nodeName), nft })
  // As in Pods: docs/decisions/timestamps-without-offsets.md.
  setSysctl('net.ipv4.tcp_timestamps', 2)
  const common = { client, caches, clock: systemClock, log }

  await Promise.all([
    runProxy(
      {
        ...common,
        kernel: { nft, conntrack: createConntrack(), setSysctl },
        nodeName,
        recorder: createRecorder({ ...common, component: 'kube-proxy', host: nodeName }),
        podCIDRs: inFamilies(spec, 'podCIDR'),
        serve: { healthzAddress: '0.0.0.0:10256', metricsAddress: '127.0.0.1:10249' },
        serviceCIDRs: inFamilies(spec, 'serviceCIDR'),
        onProgrammed: announceProgrammed({ ...common, nodeName }, signal),
      },
      signal,
    ),
    runAnswering({ ...common, ...answerOptions(spec), nodeName }, signal),
    runDns({ ...common, ...dnsOptions(node, { folder, spec, log }) }, signal),
    runKubelet({ ...common, kernel, ...kubeletOptions(folder, spec, node, environment) }, signal),
  ])
}

/** On the bubble's tmpfs: it goes with the bubble. */
const stateDirOf = ({ name }: NodeSpec): string => `/run/portolan/${name}`

/** Where programs are, for who isn't told. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const answerOptions = (spec: ClusterSpec) => ({
  ip: createIp(),
  setSysctl,
  device: 'eth0',
  pool: poolOf(spec),
})

function kubeletOptions(folder: ClusterFolder, spec: ClusterSpec, node: NodeSpec, environment: NodeAgentOptions['environment']) {
  return {
    nodeName: node.name,
    nodeIPs: addressesOf(spec, node.ip),
    ...(node.zone === undefined ? {} : { labels: { 'topology.kubernetes.io/zone': node.zone } }),
    server: {
      port: KUBELET_PORT,
      ...readPair(folder, kubeletPair(node.name)),
      clientCA: readPair(folder, AUTHORITY).certificate,
    },
    stateDir: stateDirOf(node),
    dataDir: join(folder.root, 'nodes', node.name),
    hidden: [folder.root],
    podNetworks: inFamilies(spec, 'podCIDR'),
    clusterDNS: [dnsIP(spec)],
    clusterDomain: CLUSTER_DOMAIN,
    ...(spec.evictionHard === undefined ? {} : { eviction: { thresholds: parseThresholds(spec.evictionHard) } }),
    images: hostImages(environment['PATH'] ?? SYSTEM_PATH, imagesBelow(folder.root)),
  }
}
