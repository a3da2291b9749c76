/** Clusters of both address families: what nodes, Pods and Services are given, and that it leads there. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { isIPv4, isIPv6 } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { makeComputer, prepareCluster, type TestCluster, testCluster } from './cluster.ts'
import { dialer, HTTP, netserver } from './netexec.ts'
import { fieldOf, pod, podKit, sh, SLEEP } from './pod-kit.ts'

let computer: Awaited<ReturnType<typeof makeComputer>>
let cluster: TestCluster
before(async () => {
  computer = await makeComputer()
  cluster = await testCluster({ on: computer.pid })
})
after(async () => {
  await cluster.remove()
  computer.end()
})

const onComputer = (command: readonly string[]): string =>
  execFileSync('nsenter', [`--target=${computer.pid}`, '--net', ...command], { encoding: 'utf8' })

const { create, whenReady, inPod, field } = podKit(() => cluster)
const jsonpath = (what: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath=${path}`])
const words = async (what: string, path: string): Promise<string[]> => (await jsonpath(what, path)).split(' ').filter(Boolean)
const families = (addresses: readonly string[]): string[] =>
  addresses.map((ip) => (isIPv6(ip) ? 'IPv6' : isIPv4(ip) ? 'IPv4' : ip))

test('[Feature:IPv6DualStack] should have at least one dual-stack node [POD-1] [SVC-9]', async () => {
  for (const [name, number] of [
    ['node1', 2],
    ['node2', 3],
  ] as const) {
    const addresses = await words(`node ${name}`, '{.status.addresses[?(@.type=="InternalIP")].address}')
    assert.deepEqual(addresses, [`192.168.1.${number}`, `fd00:192:168:1::${number}`], 'IPv4 first')
    assert.deepEqual(families((await words(`node ${name}`, '{.spec.podCIDRs[*]}')).map((range) => range.split('/')[0]!)), [
      'IPv4',
      'IPv6',
    ])
  }
  const ranges = await Promise.all(['node1', 'node2'].map((name) => jsonpath(`node ${name}`, '{.spec.podCIDRs}')))
  assert.deepEqual(ranges.sort(), ['["10.244.0.0/24","fd00:10:244::/64"]', '["10.244.1.0/24","fd00:10:244:1::/64"]'])
  assert.deepEqual(await words('servicecidr kubernetes', '{.spec.cidrs[*]}'), ['10.96.0.0/12', 'fd00:10:96::/112'])
})

test('the API server and the DNS of the cluster have one family, as kubeadm makes them [SVC-9] [SVC-12]', async () => {
  assert.equal(await jsonpath('svc kubernetes', '{.spec.ipFamilies} {.spec.ipFamilyPolicy}'), '["IPv4"] SingleStack')
  assert.equal(
    await jsonpath('svc kube-dns -n kube-system', '{.spec.clusterIPs} {.spec.ipFamilyPolicy}'),
    '["10.96.0.10"] SingleStack',
  )
})

const BOTH = [
  { name: 'PODS', valueFrom: fieldOf('status.podIPs') },
  { name: 'HOSTS', valueFrom: fieldOf('status.hostIPs') },
  { name: 'POD', valueFrom: fieldOf('status.podIP') },
]

test('[Feature:IPv6DualStack] should create pod, add ipv6 and ipv4 ip to pod ips [POD-1] [SVC-9]', async () => {
  await create(pod('ips', { ...sh(SLEEP), env: BOTH }), pod('on-node', sh(SLEEP), { hostNetwork: true, nodeName: 'node2' }))
  await whenReady('ips', 'on-node')
  const ips = await words('pod ips', '{.status.podIPs[*].ip}')
  assert.deepEqual(families(ips), ['IPv4', 'IPv6'])
  assert.equal(await field('ips', '{.status.podIP}'), ips[0])
  assert.equal(await inPod('ips', 'echo $POD $PODS'), `${ips[0]} ${ips.join(',')}\n`)
  const hosts = await inPod('ips', 'cat /etc/hosts')
  for (const ip of ips) assert.ok(hosts.includes(`\n${ip}\tips\n`), hosts)
  assert.deepEqual(await words('pod on-node', '{.status.podIPs[*].ip}'), ['192.168.1.3', 'fd00:192:168:1::3'], 'NET-13')
})

test('[Feature:IPv6DualStack] should create pod, add ipv6 and ipv4 ip to host ips [POD-1] [SVC-9]', async () => {
  const node = await field('ips', '{.spec.nodeName}')
  const addresses = await words(`node ${node}`, '{.status.addresses[?(@.type=="InternalIP")].address}')
  assert.deepEqual(await words('pod ips', '{.status.hostIPs[*].ip}'), addresses)
  assert.equal(await field('ips', '{.status.hostIP}'), addresses[0])
  assert.equal((await inPod('ips', 'echo $HOSTS')).trim(), addresses.join(','))
})

const SERVERS = ['server-1', 'server-2']

test('[Feature:IPv6DualStack] should be able to reach pod on ipv4 and ipv6 ip [NET-1] [SVC-9]', async () => {
  await create(...SERVERS.map((name, i) => JSON.stringify(netserver(name, { app: 'server' }, { nodeName: `node${i + 1}` }))))
  await whenReady(...SERVERS)
  for (const server of SERVERS)
    for (const host of await words(`pod ${server}`, '{.status.podIPs[*].ip}')) {
      const ask = dialer({ protocol: 'http', host, port: HTTP, tries: 1 })
      for (const client of [...SERVERS, 'on-node'])
        assert.equal(await cluster.kubectlWords(['exec', client, '--', ...ask]), `["${server}"]\n`, `${client} asks ${host}`)
      for (const node of ['node1', 'node2'])
        assert.equal((await cluster.portolan('node', 'exec', node, '--', ...ask)).out, `["${server}"]\n`, `${node} asks ${host}`)
    }
})

test('a Pod is seen as who it is by other Pods, and as its node by everybody else, in both families [NET-1] [SVC-9]', async () => {
  const names = `require('net').createServer((s) => s.end(s.remoteAddress)).listen(7000, '::')`
  await create(pod('mirror', { command: ['node', '-e', names] }, { nodeName: 'node1' }))
  await whenReady('mirror')
  const own = await words('pod server-2', '{.status.podIPs[*].ip}')
  for (const [i, mirror] of (await words('pod mirror', '{.status.podIPs[*].ip}')).entries())
    assert.equal((await inPod('server-2', `bash -c 'cat </dev/tcp/${mirror}/7000'`)).replace('::ffff:', ''), own[i])
  const gone = await cluster.outside('sh', '-c', `node -e "${names}" >/dev/null 2>&1 & echo $!`)
  for (const [host, node] of [
    ['192.168.1.10', '192.168.1.3'],
    ['fd00:192:168:1::a', 'fd00:192:168:1::3'],
  ] as const)
    await eventually(async () =>
      assert.equal((await inPod('server-2', `bash -c 'cat </dev/tcp/${host}/7000'`)).replace('::ffff:', ''), node),
    )
  process.kill(Number(gone.out))
})

interface Wish {
  readonly name: string
  readonly families?: readonly string[]
  readonly policy?: string
}

/** Makes a Service in front of the servers; answers what it was given. */
async function serve({ name, families: ipFamilies, policy: ipFamilyPolicy }: Wish) {
  const spec = { selector: { app: 'server' }, ports: [{ port: 80, targetPort: HTTP }], ipFamilies, ipFamilyPolicy }
  await create(JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }))
  const made = JSON.parse(await cluster.kubectl(`get svc ${name} -o json`)) as { spec: Record<string, string[]> }
  return made.spec
}

for (const { title, wish, wanted, policy } of [
  {
    title: 'a single stack service with cluster ip from primary service range',
    wish: { name: 'usual' },
    wanted: ['IPv4'],
    policy: 'SingleStack',
  },
  { title: 'service with ipv4 cluster ip', wish: { name: 'four', families: ['IPv4'] }, wanted: ['IPv4'], policy: 'SingleStack' },
  { title: 'service with ipv6 cluster ip', wish: { name: 'six', families: ['IPv6'] }, wanted: ['IPv6'], policy: 'SingleStack' },
  {
    title: 'service with ipv4,v6 cluster ip',
    wish: { name: 'four-six', families: ['IPv4', 'IPv6'], policy: 'RequireDualStack' },
    wanted: ['IPv4', 'IPv6'],
    policy: 'RequireDualStack',
  },
  {
    title: 'service with ipv6,v4 cluster ip',
    wish: { name: 'six-four', families: ['IPv6', 'IPv4'], policy: 'RequireDualStack' },
    wanted: ['IPv6', 'IPv4'],
    policy: 'RequireDualStack',
  },
])
  test(`[Feature:IPv6DualStack] should create ${title} [SVC-9] [EPS-3] [NET-2]`, async () => {
    const { clusterIPs = [], ipFamilies, ipFamilyPolicy } = await serve(wish)
    assert.deepEqual([ipFamilies, ipFamilyPolicy, families(clusterIPs)], [wanted, policy, wanted])
    await eventually(async () => {
      const endpoints = await words(`endpoints ${wish.name}`, '{.subsets[*].addresses[*].ip}')
      assert.deepEqual(families(endpoints), [wanted[0], wanted[0]], 'Endpoints have the primary family')
      const slices = await words(`endpointslices -l kubernetes.io/service-name=${wish.name}`, '{.items[*].addressType}')
      assert.deepEqual(slices.sort(), [...wanted].sort())
    })
    for (const host of clusterIPs)
      await eventually(async () =>
        assert.deepEqual(
          JSON.parse(await cluster.kubectlWords(['exec', 'ips', '--', ...dialer({ protocol: 'http', host, port: 80 })])),
          SERVERS,
        ),
      )
  })

test('a Service gets its second family later, and gives it back [SVC-9] [EPS-1]', async () => {
  const change = (spec: object): Promise<string> =>
    cluster.kubectlWords(['patch', 'svc', 'usual', '--type=merge', '-p', JSON.stringify({ spec })])
  const slices = (): Promise<string[]> => words('endpointslices -l kubernetes.io/service-name=usual', '{.items[*].addressType}')
  const first = await jsonpath('svc usual', '{.spec.clusterIP}')
  await change({ ipFamilyPolicy: 'PreferDualStack' })
  const [kept, host = ''] = await words('svc usual', '{.spec.clusterIPs[*]}')
  assert.equal(kept, first)
  await eventually(async () =>
    assert.deepEqual(
      JSON.parse(await cluster.kubectlWords(['exec', 'ips', '--', ...dialer({ protocol: 'http', host, port: 80 })])),
      SERVERS,
    ),
  )
  assert.deepEqual((await slices()).sort(), ['IPv4', 'IPv6'])
  await change({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: [first] })
  assert.deepEqual(await words('svc usual', '{.spec.clusterIPs[*]}'), [first])
  await eventually(async () => assert.deepEqual(await slices(), ['IPv4']))
})

test('the computer reaches cluster IPs and nodes by IPv6 [OPS-4] [SVC-9]', async () => {
  const [host = ''] = await words('svc six', '{.spec.clusterIPs[0]}')
  await eventually(() => assert.deepEqual(JSON.parse(onComputer(dialer({ protocol: 'http', host, port: 80 }))), SERVERS))
  assert.match(onComputer(['ip', '-6', 'route']), /fd00:10:96::\/112[^]*nexthop via fd00:192:168:1::2/)
  assert.doesNotMatch(onComputer(['ip', '-6', 'address']), /tentative/)
})

test('a node that comes has both families, and everything is as it was after down and up [SVC-2] [SVC-9] [POD-6]', async () => {
  assert.equal((await cluster.portolan('node', 'add')).code, 0)
  await create(JSON.stringify(netserver('server-3', { app: 'server' }, { nodeName: 'node3' })))
  await whenReady('server-3')
  const host = await jsonpath('svc six', '{.spec.clusterIP}')
  const all = [...SERVERS, 'server-3']
  const answers = async (): Promise<string[]> => {
    const ask = dialer({ protocol: 'http', host, port: 80, tries: 24 })
    return JSON.parse(await cluster.kubectlWords(['exec', 'on-node', '--', ...ask]))
  }
  await eventually(async () => assert.deepEqual(await answers(), all))
  const before = await jsonpath('nodes', '{.items[*].spec.podCIDRs} {.items[*].status.addresses}')
  await cluster.portolan('down')
  const again = await cluster.portolan('up')
  assert.equal(again.code, 0, again.error)
  await whenReady(...all, 'on-node')
  assert.equal(await jsonpath('svc six', '{.spec.clusterIP}'), host)
  assert.equal(await jsonpath('nodes', '{.items[*].spec.podCIDRs} {.items[*].status.addresses}'), before)
  await eventually(async () => assert.deepEqual(await answers(), all))
})

test('a computer whose kernel has no IPv6 gets a cluster with IPv4, and is told so [SVC-9]', async () => {
  const old = await makeComputer({ hidden: '/proc/sys/net' })
  const four = await prepareCluster({ on: old.pid })
  try {
    assert.match(
      (await four.portolan('up', '--ip-family', 'dual')).error,
      /kernel gives no IPv6 to new networks; --ip-family ipv4 does without/,
    )
    const { code, out, error } = await four.portolan('up', '--nodes', '1')
    assert.equal(code, 0, error)
    assert.match(out, /\nThe cluster has IPv4 only: this computer's kernel gives no IPv6 to new networks\n/)
    assert.equal(await four.kubectl('get node node1 -o jsonpath={.status.addresses[*].address}'), '192.168.1.2 node1')
  } finally {
    await four.remove()
    old.end()
  }
})

test('a computer that uses the IPv6 range otherwise, or has no IPv6, stays so and reaches the cluster by IPv4 [OPS-4] [SVC-9]', async () => {
  const busy = await makeComputer()
  const there = (...command: readonly string[]): string =>
    execFileSync('nsenter', [`--target=${busy.pid}`, '--net', ...command], { encoding: 'utf8' })
  there('ip', 'route', 'add', 'fd00:10:96::/100', 'dev', 'lo')
  const other = await prepareCluster({ on: busy.pid })
  try {
    const { out } = await other.portolan('up', '--nodes', '1')
    assert.match(
      out,
      /\nIts IPv6 addresses can't be reached from this computer: fd00:10:96::\/112 is in use on this computer: it has a route to fd00:10:96::\/100 by lo\n/,
    )
    assert.match(there('ip', 'route'), /10\.96\.0\.0\/12 via 192\.168\.1\.2/)
    assert.doesNotMatch(there('ip', '-6', 'route'), /fd00:192:168:1/)
    await other.portolan('down')
    there('sh', '-c', 'ip route del fd00:10:96::/100; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6')
    assert.match((await other.portolan('up')).out, /can't be reached from this computer: IPv6 is turned off on this computer\n/)
  } finally {
    await other.remove()
    busy.end()
  }
})

test('a cluster with IPv4 only has nothing of IPv6, and stays as it is [SVC-9] [POD-1]', async () => {
  const four = await testCluster({ nodes: 1, flags: ['--ip-family', 'ipv4', '--no-host-reach'] })
  try {
    assert.equal(
      await four.kubectl('get node node1 -o jsonpath={.spec.podCIDRs}{.status.addresses[*].type}'),
      '["10.244.0.0/24"]InternalIP Hostname',
    )
    await four.kubectl('create -f -', pod('one', sh(SLEEP)))
    await four.kubectl('wait --for=condition=Ready pod one --timeout=30s')
    assert.match(await four.kubectl('get pod one -o jsonpath={.status.podIPs}'), /^\[\{"ip":"10\.244\.0\.2"\}\]$/)
    const six = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'six' },
      spec: { ipFamilies: ['IPv6'], ports: [{ port: 80 }] },
    }
    await assert.rejects(
      four.kubectl('create -f -', JSON.stringify(six)),
      /spec.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
    )
    await four.portolan('down')
    const other = await four.portolan('up', '--ip-family', 'dual')
    assert.match(other.error, /the cluster has IPv4 only; portolan down --delete makes room/)
    assert.match((await four.portolan('up', '--ip-family', 'ipv6')).error, /'ipv6' is invalid. Allowed choices are ipv4, dual/)
    assert.match((await four.portolan('up', '--help')).out, /--ip-family <family>/)
  } finally {
    await four.remove()
  }
})
