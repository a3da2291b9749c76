/** A cluster whose DNS has the settings of a Corefile: what it does for Pods, and what it says about itself. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { prepareCluster, type TestCluster } from './cluster.ts'

/** Where the organisation's own name server answers: a Service, as in upstream's test of stub domains. */
const ACME_DNS = '10.96.7.53'

/** Knows abc.acme.example, and who 192.0.2.123 is. */
const ACME = `
const packet = require(${JSON.stringify(join(import.meta.dirname, '../../node_modules/dns-packet'))})
const socket = require('dgram').createSocket('udp4')
const known = {
  'A abc.acme.example': { type: 'A', data: '192.0.2.123' },
  'PTR 123.2.0.192.in-addr.arpa': { type: 'PTR', data: 'my.acme.example' },
}
socket.on('message', (message, client) => {
  const { id, questions } = packet.decode(message)
  const found = known[questions[0].type + ' ' + questions[0].name]
  const answers = found ? [{ name: questions[0].name, ttl: 60, ...found }] : []
  socket.send(packet.encode({ type: 'response', id, questions, flags: found ? 0 : 3, answers }), client.port, client.address)
})
socket.bind(53)
`

const COREFILE = `acme.example:53 2.0.192.in-addr.arpa:53 {
    forward . ${ACME_DNS}
}
.:53 {
    log
    autopath @kubernetes
    kubernetes cluster.local {
       pods verified
       ttl 7
    }
    hosts {
       192.0.2.8 registry.example
       fallthrough
    }
    cache 30
}
`

let cluster: TestCluster
before(async () => {
  cluster = await prepareCluster()
  mkdirSync(join(cluster.data, 'default'), { recursive: true })
  writeFileSync(join(cluster.data, 'default/Corefile'), COREFILE)
  assert.equal((await cluster.portolan('up', '--nodes', '1')).code, 0)
  await cluster.kubectl('create namespace shop')
  await cluster.kubectl('create service clusterip api --tcp=80 --clusterip=10.96.7.20 -n shop')
  await cluster.kubectl('run client --image=host -- sleep 100000')
  await cluster.kubectlWords(['run', 'acme', '--image=host', '--', 'node', '-e', ACME])
  const service = { selector: { run: 'acme' }, clusterIP: ACME_DNS, ports: [{ port: 53, protocol: 'UDP' }] }
  await cluster.kubectl(
    'create -f -',
    JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'acme' }, spec: service }),
  )
  await cluster.kubectl('create service externalname partner --external-name=abc.acme.example')
  await cluster.kubectl('wait --for=condition=Ready pod/client pod/acme --timeout=30s')
})
after(() => cluster.remove())

const inPod = (script: string): Promise<string> => cluster.kubectlWords(['exec', 'client', '--', 'sh', '-c', `${script}; true`])

test('the search path of a Pod is gone for it in one question [DSC-6]', async () => {
  await eventually(async () => assert.match(await inPod('getent ahostsv4 api.shop'), /^10\.96\.7\.20 /))
  const asked = await inPod('dig +noall +answer api.shop.default.svc.cluster.local')
  const found =
    /^api\.shop\.default\.svc\.cluster\.local\.\s7\sIN\sCNAME\sapi\.shop\.svc\.cluster\.local\.\napi\.shop\.svc\.cluster\.local\.\s7\sIN\sA\s10\.96\.7\.20\n$/
  assert.match(asked, found)
  const theirs = await inPod('busybox nslookup api.shop.default.svc.cluster.local')
  assert.match(theirs, /10\.96\.7\.20/)
  assert.equal(await inPod('getent ahostsv4 nosuch.shop'), '')
})

test('fixed hosts are found, and names of Pods are those that exist [DSC-2] [DSC-6]', async () => {
  assert.match(await inPod('getent hosts registry.example'), /^192\.0\.2\.8 /)
  const ip = await cluster.kubectlWords(['get', 'pod', 'client', '-o', 'jsonpath={.status.podIP}'])
  assert.equal((await inPod(`dig +short ${ip.replaceAll('.', '-')}.default.pod.cluster.local`)).trim(), ip)
  assert.equal(await inPod('dig +short 10-244-9-9.default.pod.cluster.local'), '')
})

test('names of one domain are asked of its own server, aliases to them and addresses too [DSC-3] [DSC-6]', async () => {
  await eventually(async () => assert.equal((await inPod('dig +short abc.acme.example')).trim(), '192.0.2.123'))
  assert.match(await inPod('getent hosts abc.acme.example'), /^192\.0\.2\.123 /)
  assert.equal(await inPod('dig +short partner.default.svc.cluster.local'), 'abc.acme.example.\n192.0.2.123\n')
  assert.match(await inPod('getent ahostsv4 partner'), /^192\.0\.2\.123 /)
  assert.equal((await inPod('dig +short -x 192.0.2.123')).trim(), 'my.acme.example.')
  assert.match(await inPod('dig nosuch.acme.example'), /status: NXDOMAIN/)
})

test("its figures are at the Service's port for them [OPS-7]", async () => {
  const figures = await inPod('curl -s http://kube-dns.kube-system:9153/metrics')
  assert.match(
    figures,
    /\ncoredns_dns_requests_total\{server="dns:\/\/192\.168\.1\.2:53",zone="\.",view="",proto="udp",family="1",type="A"\} \d/,
  )
  assert.match(figures, /\ncoredns_autopath_success_total\{[^}]*\} [1-9]/)
  assert.match(await cluster.kubectl('get svc kube-dns -n kube-system'), /10\.96\.0\.10 .* 53\/UDP,53\/TCP,9153\/TCP/)
})
