/**
 * A node with Pods around it for the proxy's rules, all of real namespaces.
 *
 * The address plan: this namespace is the node, 192.168.1.2. Pods are namespaces pod-a 10.244.0.2, pod-b 10.244.0.3 and,
 * as on another node, pod-c 10.244.1.2. `outside` is 192.168.1.10. Cluster IPs are 10.96.0.x. Over IPv6 the same with
 * fd00: in front: fd00:10:244::2, fd00:192:168:1::10, fd00:10:96::x.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { after, before } from 'node:test'
import { type EndpointSlice, endpointSlices, type Service, services } from '../../src/api/index.ts'
import { createConntrack, createNft, type Nft, setSysctl } from '../../src/kernel/index.ts'
import { type Clock, silent, systemClock } from '../../src/lib/index.ts'
import { type ProxyOptions, runProxy } from '../../src/proxy/index.ts'
import { type FakeCaches, fakeCaches } from '../../src/testing/index.ts'

export const PODS = { 'pod-a': '10.244.0.2', 'pod-b': '10.244.0.3', 'pod-c': '10.244.1.2' }
export type Pod = keyof typeof PODS
export const PODS6 = { 'pod-a': 'fd00:10:244::2', 'pod-b': 'fd00:10:244::3', 'pod-c': 'fd00:10:244:1::2' }
const HOSTS = { ...PODS, outside: '192.168.1.10' }
const HOSTS6: Record<string, string> = { ...PODS6, outside: 'fd00:192:168:1::10' }
export const NODE_IP = '192.168.1.2'
export const POD_RANGES = ['10.244.0.0/16', 'fd00:10:244::/56']
export const SERVICE_RANGES = ['10.96.0.0/12', 'fd00:10:96::/112']
export const NODE_IP6 = 'fd00:192:168:1::2'

export const sh = (script: string): string =>
  execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Every host is a namespace with one veth to the node, routed, so that every packet passes the node's hooks. */
function makeHosts(): void {
  sh(`echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
      ip link add gw type veth peer name gw2; ip link set gw up; ip link set gw2 up
      ip addr add ${NODE_IP}/32 dev gw; ip addr add ${NODE_IP6}/128 dev gw nodad`)
  for (const [name, ip] of Object.entries(HOSTS)) {
    sh(`ip netns add ${name}; ip link add v-${name} type veth peer name eth0 netns ${name}
        ip addr add 169.254.1.1/32 dev v-${name}; ip link set v-${name} up; ip route add ${ip}/32 dev v-${name}
        ip -n ${name} addr add ${ip}/32 dev eth0; ip -n ${name} link set eth0 up; ip -n ${name} link set lo up
        ip -n ${name} route add 169.254.1.1/32 dev eth0; ip -n ${name} route add default via 169.254.1.1
        ip addr add fe80::1/64 dev v-${name} nodad; ip route add ${HOSTS6[name]}/128 dev v-${name}
        ip -n ${name} addr add ${HOSTS6[name]}/128 dev eth0 nodad; ip -n ${name} route add default via fe80::1 dev eth0`)
  }
  sh(
    'ip route add default via 192.168.1.10 dev v-outside onlink; ip route add default via fd00:192:168:1::10 dev v-outside onlink',
  )
}

const SERVER = `
const name = process.argv[1], http = require('http'), dgram = require('dgram')
http.createServer((q, r) => { r.setHeader('connection', 'close'); r.end(name + ' ' + q.socket.remoteAddress.replace('::ffff:', '')) }).listen(8080, () => {
  const udp = dgram.createSocket('udp6'); udp.on('message', (m, r) => udp.send(name, r.port, r.address))
  udp.bind(8080, () => console.log('up'))
})`

/** What a client in `from` gets: the name of the Pod that answered and the address it saw, or curl's exit code. */
export function curl(from: string, url: string): Promise<string> {
  const enter = from === 'node' ? [] : ['ip', 'netns', 'exec', from]
  return new Promise((resolve) => {
    execFile('env', [...enter, 'curl', '-sg', '--max-time', '1', url], (error, stdout) =>
      resolve(error ? `exit ${error.code}` : stdout),
    )
  })
}
export const REFUSED = 'exit 7'
export const TIMED_OUT = 'exit 28'

export const service = (name: string, ip: string, spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: ip, clusterIPs: [ip], type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }], ...spec },
})

export const slice = (name: string, pods: readonly Pod[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: pods.map((pod) => ({
    addresses: [PODS[pod]],
    conditions: { ready: true },
    nodeName: pod === 'pod-c' ? 'node2' : 'node1',
  })),
})

/** The same over IPv6, of a Service that has only that. */
export const service6 = (name: string, ip: string, spec: Partial<Service['spec']> = {}): Service =>
  service(name, ip, { ipFamilies: ['IPv6'], ...spec })

export const slice6 = (name: string, pods: readonly Pod[]): EndpointSlice => {
  const { metadata, endpoints, ...four } = slice(name, pods)
  const six = (endpoints ?? []).map((endpoint, i) => ({ ...endpoint, addresses: [PODS6[pods[i]!]] }))
  return { ...four, metadata: { ...metadata, name: `${name}-6` }, addressType: 'IPv6', endpoints: six }
}

export interface Network {
  readonly caches: FakeCaches
  /** Starts one more proxy, as after a restart; the one before is ended. */
  readonly restart: () => Promise<void>
  /** Ends the proxy. */
  readonly stop: () => void
  readonly put: (one: Service, pods: readonly Pod[]) => void
  readonly put6: (one: Service, pods: readonly Pod[]) => void
  /** Which Pods answered `times` requests. */
  readonly answers: (from: string, url: string, times?: number) => Promise<Set<string>>
  /** How many elements were written since this was asked last. */
  readonly written: () => number
}

/** What is other than in a real node. */
export interface Changed {
  readonly nft?: Nft
  readonly clock?: Clock
  readonly serve?: ProxyOptions['serve']
  readonly recorder?: ProxyOptions['recorder']
}

/** The network, its Pods' servers and a proxy, from before the first test of a file until after the last. */
export function proxyNetwork({ nft = createNft(), clock = systemClock, serve, recorder }: Changed = {}): Network {
  const caches = fakeCaches()
  const servers = new AbortController()
  let proxy = new AbortController()
  let written = 0
  const restart = (): Promise<void> => {
    proxy.abort()
    proxy = new AbortController()
    const options = {
      podCIDRs: POD_RANGES,
      serviceCIDRs: SERVICE_RANGES,
      recorder: recorder ?? { event: () => {} },
      ...(serve ? { serve } : {}),
      nodeName: 'node1',
      clock,
      log: silent,
    }
    const kernel = { nft, conntrack: createConntrack(), setSysctl }
    return runProxy({ ...options, caches, kernel, onSync: (elements) => void (written += elements) }, proxy.signal)
  }
  before(async () => {
    makeHosts()
    await Promise.all(Object.keys(PODS).map((pod) => startServer(pod, servers.signal)))
    await restart()
  })
  after(() => {
    proxy.abort()
    servers.abort()
  })
  return {
    caches,
    restart,
    stop: () => proxy.abort(),
    put(one, pods) {
      caches.put(services, one)
      caches.put(endpointSlices, slice(one.metadata.name!, pods))
    },
    put6(one, pods) {
      caches.put(services, one)
      caches.put(endpointSlices, slice6(one.metadata.name!, pods))
    },
    async answers(from, url, times = 40) {
      const all = await Promise.all(Array.from({ length: times }, () => curl(from, url)))
      return new Set(all.map((answer) => answer.split(' ')[0]!))
    },
    written() {
      const before = written
      written = 0
      return before
    },
  }
}

/** Resolves when the servers of a Pod listen. */
function startServer(pod: string, signal: AbortSignal): Promise<void> {
  const server = spawn('ip', ['netns', 'exec', pod, process.execPath, '-e', SERVER, pod], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  signal.addEventListener('abort', () => server.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    server.stdout.once('data', () => resolve())
    server.once('exit', (code) => reject(new Error(`the server in ${pod} ended with ${code}`)))
  })
}
