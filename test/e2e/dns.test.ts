/** Names, asked for by real resolvers in real Pods: glibc's, busybox's, BIND's dig, and c-ares, which Node has. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../../src/testing/index.ts'
import { makeComputer, type TestCluster, testCluster } from './cluster.ts'
import { documents, LONG_SEARCHES, MANY, NUMBERS_API, objects, pod, SHOP_API, statefulSet } from './dns/objects.ts'

let computer: Awaited<ReturnType<typeof makeComputer>>
let cluster: TestCluster
before(async () => {
  // Of its own, because another cluster may have the routes of this one.
  computer = await makeComputer()
  cluster = await testCluster({ on: computer.pid })
  await cluster.kubectl('create -f -', documents(objects()))
  await cluster.kubectl('wait --for=condition=Ready pod --all --timeout=60s')
  await cluster.kubectl('rollout status statefulset/web --timeout=60s')
  await eventually(async () => assert.equal((await dig('nginx.default.svc.cluster.local')).length, 2))
})
after(async () => {
  await cluster?.remove()
  computer?.end()
})

/** What a shell in a Pod prints; it may fail. */
const inPod = (name: string, script: string): Promise<string> =>
  cluster.kubectlWords(['exec', name, '--', 'sh', '-c', `${script}; true`])
const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean).sort()

const dig = async (question: string, name = 'client'): Promise<string[]> => lines(await inPod(name, `dig +short ${question}`))
const dugWhole = (question: string): Promise<string> => inPod('client', `dig ${question}`)
/** The addresses that glibc gives a program. */
const getent = async (name: string, from = 'client'): Promise<string[]> => [
  ...new Set(lines(await inPod(from, `getent ahostsv4 ${name}`)).map((line) => line.split(' ')[0]!)),
]
const busybox = async (name: string): Promise<string[]> =>
  [...(await inPod('client', `busybox nslookup ${name}`)).split('\n\n').slice(1).join('\n').matchAll(/Address: (\S+)/g)].map(([, found]) => found!).sort() // prettier-ignore
/** What Node's dns.promises says to `call`, as JSON. */
const cares = async (call: string, from = 'client'): Promise<unknown> => {
  const program = `require('dns').promises.${call}.then((found) => found, (error) => error.code).then((said) => console.log(JSON.stringify(said)))`
  return JSON.parse(await cluster.kubectlWords(['exec', from, '--', 'node', '-e', program]))
}
const podIP = (name: string): Promise<string> => cluster.kubectlWords(['get', 'pod', name, '-o', 'jsonpath={.status.podIP}'])

test('every resolver finds a Service by each of its names, and only by those [DSC-1]', async () => {
  for (const more of ['', '.default', '.default.svc', '.default.svc.cluster.local', '.default.svc.cluster.local.']) {
    assert.deepEqual(await getent(`numbers-api${more}`), [NUMBERS_API], `getent, ${more}`)
    assert.deepEqual(await cares(`lookup('numbers-api${more}')`), { address: NUMBERS_API, family: 4 }, `node, ${more}`)
    assert.deepEqual(await dig(`+search numbers-api${more}`), [NUMBERS_API], `dig, ${more}`)
  }
  assert.deepEqual(await busybox('numbers-api.default.svc.cluster.local'), [NUMBERS_API])
  assert.deepEqual(await cares("resolve4('numbers-api.default.svc.cluster.local')"), [NUMBERS_API])
  assert.deepEqual(await getent('api.shop'), [SHOP_API])
  assert.deepEqual(await getent('kubernetes.default'), ['10.96.0.1'])
  assert.deepEqual(await getent('1digit'), ['10.96.7.30'])
  for (const none of ['api', 'nosuch', 'numbers-api.shop', 'numbers-api.default.svc.cluster.org'])
    assert.deepEqual(await getent(none), [], none)
})

test('a name is there with its Service and gone with it, in every Pod [DSC-1]', async () => {
  assert.deepEqual(await getent('late'), [])
  await cluster.kubectl('create service clusterip late --tcp=80 --clusterip=10.96.7.40')
  for (const from of ['client', 'web-0', 'web-1']) await eventually(async () => assert.deepEqual(await getent('late', from), ['10.96.7.40'])) // prettier-ignore
  await cluster.kubectl('delete service late')
  for (const from of ['client', 'web-0', 'web-1']) await eventually(async () => assert.deepEqual(await getent('late', from), []))
})

test('a headless Service is its ready Pods, each with a name where it has one [DSC-2]', async () => {
  const [first, second] = [await podIP('web-0'), await podIP('web-1')]
  assert.deepEqual(await getent('nginx'), [first, second].sort())
  assert.deepEqual(await busybox('nginx.default.svc.cluster.local'), [first, second].sort())
  assert.deepEqual(await getent('web-0.nginx'), [first])
  assert.deepEqual(await cares("resolve4('web-1.nginx.default.svc.cluster.local')"), [second])
  assert.equal((await inPod('web-1', 'hostname -f')).trim(), 'web-1.nginx.default.svc.cluster.local')
  assert.deepEqual(await getent('half'), ['192.0.2.201'])
  assert.deepEqual(await getent('down.half'), [])
  assert.deepEqual(await getent('whole'), ['192.0.2.203'])
  assert.deepEqual(await getent('down.whole'), ['192.0.2.203'])
})

test('ports are found by SRV, and addresses lead back to names [DSC-2]', async () => {
  assert.deepEqual(await dig('SRV _http._tcp.numbers-api.default.svc.cluster.local'), ['0 100 80 numbers-api.default.svc.cluster.local.']) // prettier-ignore
  const targets = (await cares("resolveSrv('_http._tcp.nginx.default.svc.cluster.local')")) as { name: string; port: number }[]
  assert.deepEqual(targets.map(({ name, port }) => `${name} ${port}`).sort(), [
    'web-0.nginx.default.svc.cluster.local 8080',
    'web-1.nginx.default.svc.cluster.local 8080',
  ])
  assert.deepEqual(await dig(`-x ${NUMBERS_API}`), ['numbers-api.default.svc.cluster.local.'])
  assert.deepEqual(await cares(`reverse('${await podIP('web-0')}')`), ['web-0.nginx.default.svc.cluster.local'])
  assert.match(await inPod('client', `getent hosts ${NUMBERS_API}`), /numbers-api\.default\.svc\.cluster\.local/)
})

test('the address of a Pod is a name, too [DSC-2]', async () => {
  const ip = await podIP('client')
  assert.deepEqual(await getent(`${ip.replaceAll('.', '-')}.default.pod.cluster.local`), [ip])
  assert.deepEqual(await dig('+search web.default.pod'), [])
})

test('an ExternalName is an alias, followed where it leads [DSC-3]', async () => {
  assert.deepEqual(await cares("resolveCname('search.default.svc.cluster.local')"), ['google.com'])
  assert.deepEqual(await dig('alias.default.svc.cluster.local'), [NUMBERS_API, 'numbers-api.default.svc.cluster.local.'])
  assert.deepEqual(await getent('alias'), [NUMBERS_API])
  assert.deepEqual(await busybox('alias.default.svc.cluster.local'), [NUMBERS_API])
})

test('what is not there is said so that it may be believed for a moment [DSC-4]', async () => {
  const empty = await dugWhole('AAAA numbers-api.default.svc.cluster.local')
  assert.match(empty, /status: NOERROR.*\n.*flags: qr aa rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 1/)
  assert.equal(await cares("resolve6('numbers-api.default.svc.cluster.local')"), 'ENODATA')
  const missing = await dugWhole('nosuch.default.svc.cluster.local')
  assert.match(missing, /status: NXDOMAIN/)
  assert.match(
    missing,
    /\ncluster\.local\.\t+5\tIN\tSOA\tns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. \d+ 7200 1800 86400 5/,
  )
  assert.equal(await cares("resolve4('nosuch.default.svc.cluster.local')"), 'ENOTFOUND')
  assert.deepEqual(await dig('TXT dns-version.cluster.local'), ['"1.1.0"'])
})

test('an answer that is too long for a packet is cut off, and whole over TCP [DSC-4]', async () => {
  const many = 'many.default.svc.cluster.local'
  assert.match(await dugWhole(`+noedns +ignore ${many}`), /flags: qr aa tc rd ra; QUERY: 1, ANSWER: 2\d,/)
  const edns = await dugWhole(`+bufsize=4096 +ignore ${many}`)
  assert.match(edns, /EDNS: version: 0, flags:; udp: 1232/)
  assert.ok(Number(/MSG SIZE {2}rcvd: (\d+)/.exec(edns)?.[1]) <= 1232, edns)
  assert.equal((await dig(many)).length, MANY)
  assert.equal((await getent('many')).length, MANY)
  assert.equal(((await cares(`resolve4('${many}')`)) as string[]).length, MANY)
})

test('what is not for this server is refused [DSC-4]', async () => {
  assert.match(await dugWhole('+tcp AXFR cluster.local'), /Transfer failed/)
  assert.match(await dugWhole('-c CH TXT version.bind'), /status: REFUSED/)
  assert.match(await dugWhole('ANY numbers-api.default.svc.cluster.local'), /HINFO\s"RFC8482"/)
  assert.match(await dugWhole('+edns=7 +noednsneg cluster.local'), /status: BADVERS/)
})

const CLUSTER = ['search default.svc.cluster.local svc.cluster.local cluster.local', 'nameserver 10.96.0.10', 'options ndots:5']
const resolvConf = async (name: string): Promise<string[]> => (await inPod(name, 'cat /etc/resolv.conf')).trim().split('\n')
const nameservers = (text: readonly string[]): string[] => text.filter((line) => line.startsWith('nameserver'))

test("a Pod's resolver is what its dnsPolicy and dnsConfig say [DSC-5]", async () => {
  const node = readFileSync('/etc/resolv.conf', 'utf8').split('\n')
  for (const name of ['node-resolver', 'host-net']) assert.deepEqual(nameservers(await resolvConf(name)), nameservers(node), name)
  assert.deepEqual(await resolvConf('own-resolver'), ['search a.example', 'nameserver 192.0.2.53', 'options ndots:2'])
  for (const name of ['client', 'host-net-cluster']) {
    const [search = '', ...rest] = await resolvConf(name)
    assert.deepEqual([search.startsWith(CLUSTER[0]!), rest], [true, CLUSTER.slice(1)], name)
    assert.deepEqual(await getent('numbers-api', name), [NUMBERS_API], name)
  }
})

test('a search path may be long and odd [DSC-5]', async () => {
  const [search = '', , options] = await resolvConf('long-search')
  assert.ok(search.length > 256 && LONG_SEARCHES.every((each) => search.includes(each)), search)
  assert.equal(options, 'options ndots:5 timeout:3')
  assert.ok((await resolvConf('odd-search'))[0]!.endsWith(' . _sip._tcp.abc_d.example.com'))
  for (const name of ['long-search', 'odd-search']) {
    assert.deepEqual(await getent('numbers-api', name), [NUMBERS_API])
    assert.deepEqual(await getent('api.shop', name), [SHOP_API])
  }
})

test('a Pod knows its own name and those it was given [DSC-5]', async () => {
  const hosts = (name: string): Promise<string> => inPod(name, 'cat /etc/hosts')
  assert.match(
    await hosts('client'),
    new RegExp(`^# Kubernetes-managed hosts file\\.\\n[^]*\\n${await podIP('client')}\tclient\\n`),
  )
  assert.match(await hosts('aliased'), /# Entries added by HostAliases\.\n192\.0\.2\.7\tfoo\.local\tbar\n/)
  assert.deepEqual(await getent('foo.local', 'aliased'), ['192.0.2.7'])
  assert.match(await hosts('host-net'), /^# Kubernetes-managed hosts file \(host network\)\./)
  assert.equal((await inPod('host-net', 'hostname')).trim(), await nodeOf('host-net'))
  assert.deepEqual(lines(await inPod('named', 'hostname; hostname -f')), ['one', 'one.sub.default.svc.cluster.local'])
  assert.deepEqual(lines(await inPod('named-fully', 'hostname')), ['two.sub.default.svc.cluster.local'])
  assert.deepEqual(await getent('one.sub'), [await podIP('named')])
  assert.deepEqual(await getent('two.sub'), [await podIP('named-fully')])
})

const nodeOf = (name: string): Promise<string> => cluster.kubectlWords(['get', 'pod', name, '-o', 'jsonpath={.spec.nodeName}'])

test('a new Pod has the addresses of the Services that there are in its environment, unless it wants none [DSC-7]', async () => {
  await cluster.kubectl('create -f -', documents([pod('told'), pod('untold', { enableServiceLinks: false })]))
  await cluster.kubectl('wait --for=condition=Ready pod told untold --timeout=30s')
  const environment = await inPod('told', 'env')
  for (const line of [
    `NUMBERS_API_SERVICE_HOST=${NUMBERS_API}`,
    'NUMBERS_API_SERVICE_PORT=80',
    'NUMBERS_API_SERVICE_PORT_HTTP=80',
    `NUMBERS_API_PORT_80_TCP=tcp://${NUMBERS_API}:80`,
    'KUBERNETES_SERVICE_HOST=10.96.0.1',
  ])
    assert.ok(environment.includes(`${line}\n`), `${line} is not in\n${environment}`)
  assert.doesNotMatch(await inPod('untold', 'env'), /NUMBERS_API/)
})

/** An /etc of its own, so that nothing of this machine's is touched. */
const ON_A_COPY = `set -e; mkdir $0/etc; cp -a /etc/. $0/etc; mount --bind $0/etc /etc; before=$(cat /etc/resolv.conf)
"$1" dns host on; getent hosts numbers-api.default.svc.cluster.local web-0.nginx.default.svc.cluster.local
"$1" dns host off; test "$before" = "$(cat /etc/resolv.conf)"`

test("the machine's own programs find Services while they are told how [DSC-1]", async () => {
  const run = promisify(execFile)
  const portolan = join(import.meta.dirname, '../../bin/portolan')
  const env = { ...process.env, PORTOLAN_DATA: cluster.data }
  const { stdout } = await run(
    'nsenter',
    [
      `--net=/proc/${computer.pid}/ns/net`,
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      ON_A_COPY,
      cluster.folder,
      portolan,
    ],
    { env },
  )
  const [on, service, web, off] = stdout.split('\n')
  assert.deepEqual(
    [on, off],
    ['/etc/resolv.conf now asks 10.96.0.10 for names in cluster.local', '/etc/resolv.conf is as it was'],
  )
  assert.match(service!, new RegExp(`^${NUMBERS_API} `))
  assert.match(web!, new RegExp(`^${await podIP('web-0')} `))
})

test('while the API server is away every name goes on being answered [DSC-1]', async () => {
  const loop = 'until [ -e /tmp/enough ]; do getent hosts numbers-api && getent hosts web-0.nginx || echo lost; done'
  await inPod('client', `(${loop}) >/tmp/asked 2>&1 </dev/null & true`)
  for (let round = 0; round < 3; round++) {
    await cluster.kill('control-plane')
    await eventually(async () => assert.match(await cluster.kubectl('get svc numbers-api'), /10\.96\.7\.10/))
  }
  await inPod('client', 'touch /tmp/enough')
  const asked = (await inPod('client', 'cat /tmp/asked')).trim().split('\n')
  assert.ok(
    asked.length > 100 && !asked.includes('lost'),
    `${asked.length} lines, ${asked.filter((line) => line === 'lost').length} lost`,
  )
})

test('Pods of fresh StatefulSets are found by their first question [DSC-1] [DSC-2]', async () => {
  for (let round = 0; round < 5; round++) {
    const [set, serviceName] = [`fresh-${round}`, `peers-${round}`]
    await cluster.kubectl('create -f -', documents(statefulSet(set, serviceName, 3)))
    await cluster.kubectl(`rollout status statefulset/${set} --timeout=60s`)
    const names = [0, 1, 2].map((ordinal) => `${set}-${ordinal}.${serviceName}`)
    // Ready is said to the API, and heard on each node a little later, after a broken watch seconds; from then on no question may fail.
    const whole = `${serviceName}.default.svc.cluster.local`
    for (const ordinal of [0, 1, 2]) await eventually(async () => assert.equal((await dig(whole, `${set}-${ordinal}`)).length, 3))
    const ask = `for i in 1 2 3 4 5 6 7 8 9 10; do for name in ${names.join(' ')}; do getent hosts $name >/dev/null || echo $name; done; done`
    const failed = await Promise.all([0, 1, 2].map((ordinal) => inPod(`${set}-${ordinal}`, ask)))
    assert.deepEqual(failed, ['', '', ''])
  }
})
