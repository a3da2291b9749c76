/** What nodes and Pods reach beyond the cluster: a computer and a world, which are network namespaces that this test makes. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { prepareCluster, type TestCluster } from './cluster.ts'

/** A server that says who asks. */
const web = (port: number, host: string): string =>
  `require('http').createServer((q, r) => r.end(q.socket.remoteAddress)).listen(${port}, '${host}')`
/** A resolver that knows one name: `example.org` is where it stands itself. */
const RESOLVER = `
const dgram = require('dgram').createSocket('udp4')
dgram.on('message', (q, r) => {
  const known = q.includes('\\x07example\\x03org\\0') && q.readUInt16BE(q.indexOf('\\x03org\\0') + 5) === 1
  const end = q.indexOf(0, 12) + 5
  const head = Buffer.concat([q.subarray(0, 2), Buffer.from([0x81, known ? 0x80 : 0x83, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0])])
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 1])
  dgram.send(Buffer.concat([head, q.subarray(12, end), known ? answer : Buffer.alloc(0)]), r.port, r.address)
}).bind(53)`

const started: ChildProcess[] = []
let cluster: TestCluster
let computer: number

/** A machine: its resolver is the world's, and its /etc/resolv.conf a link into /run, as systemd-resolved makes it. */
const MACHINE = `
mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
mount -t tmpfs tmpfs /run; mkdir /run/resolve; echo nameserver 203.0.113.1 >/run/resolve/stub.conf
ln -sf ../run/resolve/stub.conf /etc/resolv.conf
ip link set lo up; exec sleep 600`

function machine(): number {
  const child = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-ec', MACHINE], { stdio: 'ignore' })
  started.push(child)
  return child.pid!
}
const inside = (pid: number, ...command: string[]): string =>
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, ...command], { encoding: 'utf8' })

before(async () => {
  const world = machine()
  computer = machine()
  await eventually(() => assert.match(inside(computer, 'cat', `/proc/${computer}/comm`), /sleep/))
  inside(computer, 'ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'uplink', 'netns', String(world))
  for (const [pid, number] of [
    [world, 1],
    [computer, 2],
  ] as const)
    inside(
      pid,
      'sh',
      '-ec',
      `ip link set lo up; ip addr add 203.0.113.${number}/24 dev uplink; ip addr add 2001:db8::${number}/64 dev uplink nodad
      ip link set uplink up`,
    )
  for (const gateway of ['203.0.113.1', '2001:db8::1']) inside(computer, 'ip', 'route', 'add', 'default', 'via', gateway)
  for (const program of [web(80, '::'), RESOLVER])
    started.push(spawn('nsenter', [`--net=/proc/${world}/ns/net`, process.execPath, '-e', program], { stdio: 'inherit' }))

  cluster = await prepareCluster({ on: computer, world: true })
  const { code, error } = await cluster.portolan('up', '--nodes', '1')
  assert.equal(code, 0, error)
  await cluster.kubectl('run web --image=host -- sleep 600')
  await cluster.kubectl('wait --for=condition=Ready pod/web --timeout=30s')
})
after(async () => {
  await cluster?.remove()
  for (const child of started) child.kill('SIGKILL')
})

test('Pods and nodes reach what the computer reaches, and look like it [NET-1]', async () => {
  const ask = ['curl', '-s', '--max-time', '5', 'http://203.0.113.1/']
  await eventually(async () => assert.match(await cluster.kubectlWords(['exec', 'web', '--', ...ask]), /203\.0\.113\.2$/))
  assert.match((await cluster.portolan('node', 'exec', 'node1', '--', ...ask)).out, /203\.0\.113\.2$/)
})

test('by IPv6 too, where a computer without a way to the world refuses at once [NET-1] [SVC-9]', async () => {
  const ask = ['curl', '-gs', '--max-time', '5', 'http://[2001:db8::1]/']
  await eventually(async () => assert.equal(await cluster.kubectlWords(['exec', 'web', '--', ...ask]), '2001:db8::2'))
  assert.equal((await cluster.portolan('node', 'exec', 'node1', '--', ...ask)).out, '2001:db8::2')
  inside(computer, 'ip', 'route', 'delete', 'default', 'via', '2001:db8::1')
  await assert.rejects(
    cluster.kubectlWords(['exec', 'web', '--', 'curl', '-gsS', '--max-time', '5', 'http://[2001:db8:1::1]/']),
    /exit code 7/,
  )
})

test("the computer's own loopback stays its own [NET-1]", async () => {
  for (const host of ['127.0.0.1', '::1'])
    started.push(spawn('nsenter', [`--net=/proc/${computer}/ns/net`, process.execPath, '-e', web(3000, host)]))
  await eventually(() =>
    assert.match(
      inside(computer, 'curl', '-gs', 'http://[::1]:3000/') + inside(computer, 'curl', '-s', 'http://127.0.0.1:3000/'),
      /^::1127/,
    ),
  )
  for (const host of ['198.19.255.2', '[fd00::2]', '[fd00::3]'])
    await assert.rejects(cluster.kubectl(`exec web -- curl -gsS --max-time 5 http://${host}:3000/`), /exit code 7/, host)
})

test("names that are not the cluster's are asked of the computer's resolver [DSC-6]", async () => {
  assert.match(await cluster.kubectl('exec web -- getent ahostsv4 example.org'), /^203\.0\.113\.1 /)
  assert.match(await cluster.kubectl('exec web -- curl -s --max-time 5 http://example.org/'), /203\.0\.113\.2$/)
  await assert.rejects(cluster.kubectl('exec web -- getent hosts nosuch.example'), /exit code 2/)
  assert.match(await cluster.kubectl('exec web -- getent hosts kubernetes'), /^10\.96\.0\.1 /)
})

test("Pods with the node's own resolver ask the computer's, even where that is a link [DSC-5] [DSC-6]", async () => {
  const overrides = '--overrides={"spec":{"dnsPolicy":"Default"}}'
  await cluster.kubectlWords(['run', 'default', '--image=host', overrides, '--', 'sleep', '600'])
  await cluster.kubectl('wait --for=condition=Ready pod/default --timeout=30s')
  assert.match(await cluster.kubectl('exec default -- getent ahostsv4 example.org'), /^203\.0\.113\.1 /)
  assert.match((await cluster.portolan('node', 'exec', 'node1', '--', 'cat', '/etc/resolv.conf')).out, /^nameserver/m)
})

test('an ExternalName is followed out of the cluster [DSC-3]', async () => {
  await cluster.kubectl('create service externalname elsewhere --external-name example.org')
  await eventually(async () => assert.match(await cluster.kubectl('exec web -- getent ahostsv4 elsewhere'), /^203\.0\.113\.1 /))
})
