/** Every component runs in a process of its own, against a cluster that it knows only by a kubeconfig file. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const PORTOLAN = join(import.meta.dirname, '../../bin/portolan')
const run = promisify(execFile)

let cluster: TestCluster
const stops: (() => Promise<void>)[] = []
before(async () => {
  cluster = await testCluster({ nodes: 1 })
  await cluster.kubectlWords(['create', '-f', '-'], SERVICE)
})
after(async () => {
  for (const stop of stops) await stop()
  await cluster.remove()
})

const SERVICE = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alone' },
  spec: { clusterIP: '10.96.0.77', ports: [{ port: 80, protocol: 'TCP' }] },
})

/** Starts `portolan …`; it is ended when the tests are. */
function start(args: readonly string[]) {
  const child = spawn(PORTOLAN, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PORTOLAN_DATA: cluster.data },
  })
  let words = ''
  child.stderr.on('data', (piece) => (words += String(piece)))
  stops.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { words: () => words, running: () => child.exitCode === null }
}

test('portolan proxy keeps the rules of the network namespace it is started in, and --cleanup removes them [OPS-7] [NET-11]', async () => {
  const rules = async (): Promise<string> =>
    (await cluster.outside('nft', 'list', 'tables')).out +
    (await cluster.outside('nft', 'list', 'map', 'ip', 'portolan-proxy', 'no-endpoint-services')).out
  const kubeconfig = join(cluster.data, 'default/kubeconfigs/node1.conf')
  const proxy = start(['outside', 'exec', '--', PORTOLAN, 'proxy', '--kubeconfig', kubeconfig, '--node-name', 'node1'])
  await eventually(async () => assert.match(await rules(), /10\.96\.0\.77 \. tcp \. 80/), { within: 20_000 })
  assert.ok(proxy.running(), proxy.words())
  await stops.pop()?.()
  assert.match(await rules(), /10\.96\.0\.77/, 'rules outlive the proxy')
  assert.equal((await cluster.outside(PORTOLAN, 'proxy', '--cleanup')).code, 0)
  assert.equal(await rules(), '')
})

/** A Corefile as kubeadm writes it, but for its port. */
const COREFILE = `.:15353 {
    errors
    ready 127.0.0.1:18181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus 127.0.0.1:19153
    cache 30
    log
    bind 127.0.0.1
}
`

test('portolan dns answers for any cluster, with the settings of a Corefile [OPS-7] [DSC-1]', async () => {
  const corefile = join(cluster.folder, 'Corefile')
  writeFileSync(corefile, COREFILE)
  const dns = start(['dns', '--kubeconfig', cluster.kubeconfig, '--corefile', corefile, '--health', '127.0.0.1:18080'])
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers(['127.0.0.1:15353'])
  const name = 'alone.default.svc.cluster.local'
  const found = [{ address: '10.96.0.77', ttl: 30 }]
  await eventually(async () => assert.deepEqual(await resolver.resolve4(name, { ttl: true }), found), { within: 20_000 })
  const get = async (place: string): Promise<string> => (await fetch(`http://127.0.0.1:${place}`)).text()
  assert.deepEqual([await get('18080/health'), await get('18181/ready')], ['OK', 'OK'])
  assert.match(await get('19153/metrics'), /\ncoredns_dns_requests_total\{[^\n]*type="A"\} \d/)
  assert.match(dns.words(), /"client":"127\.0\.0\.1"[^\n]*"msg":"A alone\.default\.svc\.cluster\.local NOERROR"/)
  assert.ok(dns.running(), dns.words())
})

test('portolan controllers and portolan scheduler follow a cluster by its kubeconfig [OPS-7]', async () => {
  const components = [
    start(['controllers', '--kubeconfig', cluster.kubeconfig]),
    start(['scheduler', '--kubeconfig', cluster.kubeconfig]),
  ]
  await cluster.kubectl('create deployment twice --image=host --replicas=2 -- sleep 60')
  await cluster.kubectl('rollout status deployment/twice --timeout=60s')
  for (const component of components) assert.ok(component.running(), component.words())
  assert.equal((await cluster.kubectl('get pods -l app=twice --no-headers')).trim().split('\n').length, 2)
})

test('portolan kubelet makes a node of the network namespace it is started in, and runs Pods there [OPS-7] [POD-1]', async () => {
  const machine =
    'mount -t tmpfs tmpfs /run; while umount -l /sys/fs/cgroup 2>/dev/null; do :; done; mount -t cgroup2 none /sys/fs/cgroup'
  // A node's own certificate speaks for that node alone.
  const kubeconfig = join(cluster.folder, 'laptop.conf')
  const admin = readFileSync(join(cluster.data, 'default/kubeconfigs/admin.conf'), 'utf8')
  writeFileSync(kubeconfig, admin.replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://192.168.1.1:6443'))
  const flags = `--kubeconfig ${kubeconfig} --node-name laptop --node-ip 192.168.1.10 --data-dir ${join(cluster.folder, 'laptop')}`
  const inside = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `${machine}; exec ${PORTOLAN} kubelet ${flags}`]
  const kubelet = start(['outside', 'exec', '--', ...inside])
  await eventually(async () => assert.match(await cluster.kubectl('get node laptop'), / Ready /), { within: 20_000 })
  const overrides = '--overrides={"spec":{"nodeName":"laptop","terminationGracePeriodSeconds":0}}'
  await cluster.kubectlWords(['run', 'guest', '--image=host', overrides, '--', 'sleep', '1000'])
  await cluster.kubectl('wait --for=condition=Ready pod/guest --timeout=20s')
  await cluster.kubectl('delete pod guest --timeout=20s')
  assert.ok(kubelet.running(), kubelet.words())
})

test('portolan loadbalancer gives addresses in any cluster, and answers for them as any of its nodes [OPS-7] [NET-5]', async () => {
  const pool = ['--pool', '192.168.1.64/26']
  const giving = start(['loadbalancer', '--kubeconfig', cluster.kubeconfig, ...pool])
  const node = ['loadbalancer', '--kubeconfig', join(cluster.folder, 'laptop.conf'), ...pool, '--node-name', 'laptop']
  const answering = start(['outside', 'exec', '--', PORTOLAN, ...node])
  await cluster.kubectl('create service loadbalancer balanced --tcp=80')
  const ip = await eventually(async () => {
    const given = await cluster.kubectl('get svc balanced -o jsonpath={.status.loadBalancer.ingress[0].ip}')
    assert.match(given, /^192\.168\.1\./)
    return given
  })
  // The laptop is a node by now, and the first by name.
  await eventually(async () => assert.match((await cluster.outside('ip', 'address')).out, new RegExp(`inet ${ip}/32`)), {
    within: 20_000,
  })
  for (const part of [giving, answering]) assert.ok(part.running(), part.words())
})

test('every command explains itself with an example, and a wrong one says what to do', async () => {
  for (const command of [
    'up',
    'down',
    'status',
    'node exec',
    'outside exec',
    'demo',
    'apiserver',
    'controllers',
    'scheduler',
    'kubelet',
    'proxy',
    'dns',
    'loadbalancer',
    'expose',
    'affinity',
    'dns host on',
    'dns host off',
  ]) {
    const { stdout } = await run(PORTOLAN, [...command.split(' '), '--help'])
    assert.match(stdout, /Example:\n {2}portolan /, command)
  }
  await assert.rejects(run(PORTOLAN, ['nosuch']), /portolan --help/)
  await assert.rejects(run(PORTOLAN, ['up', '--name', 'Bad Name']), /lower case letters/)
  await assert.rejects(run(PORTOLAN, ['proxy']), /--kubeconfig and --node-name are needed/)
  assert.match(readFileSync(cluster.kubeconfig, 'utf8'), /current-context: portolan/)
})

test('portolan apiserver serves the store and the certificates of a cluster that is down [OPS-7] [SVC-2]', async () => {
  for (const stop of stops.splice(0)) await stop()
  assert.equal((await cluster.portolan('down')).code, 0)
  const data = join(cluster.data, 'default')
  const server = start(['apiserver', '--data', data, '--port', '16443', '--advertise-address', '192.168.1.1'])
  const access = ['--kubeconfig', join(data, 'kubeconfigs/admin.conf'), '--server', 'https://127.0.0.1:16443']
  await eventually(async () => assert.match(await cluster.kubectlWords([...access, 'get', 'svc', 'alone']), /10\.96\.0\.77/), {
    within: 20_000,
  })
  assert.ok(server.running(), server.words())
})
