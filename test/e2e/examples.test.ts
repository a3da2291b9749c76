/** The examples myapp, concepts and mynapp, with the commands of their READMEs. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, shellLayer, writeDockerArchive } from '../../src/images/testing/build.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const field = (what: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath={${path}}`])
const lines = (text: string): string[] => text.trim().split('\n')
const inPod = (pod: string, url: string): Promise<string> => cluster.kubectl(`exec ${pod} -- curl -s --max-time 2 ${url}`)
const apply = (file: string): Promise<string> => cluster.kubectl(`apply -f ${EXAMPLES}/concepts/${file}`)
const forget = (): Promise<string> => cluster.kubectl('delete svc my-service')

test('myapp: every node answers at the node port, from the laptop outside [NET-4] [SVC-3] [SVC-8]', async () => {
  await cluster.kubectl(`create -f ${EXAMPLES}/myapp/pods.yml`)
  await cluster.kubectl(`create -f ${EXAMPLES}/myapp/service-definition.yml`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=myapp --timeout=60s')
  assert.match(await cluster.kubectl('get services'), /myapp-service +NodePort +10\.\d+\.\d+\.\d+ +<none> +80:30008\/TCP/)
  const pods = (await field('pods -l app=myapp', '.items[*].metadata.name')).split(' ').toSorted()
  for (const node of ['192.168.1.2', '192.168.1.3']) {
    await eventually(async () => {
      const loop = `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s --max-time 2 http://${node}:30008; done`
      const { out } = await cluster.outside('sh', '-c', loop)
      assert.deepEqual([...new Set(lines(out))].toSorted(), pods, node)
    })
  }
})

test('concepts: target ports that differ, have a name, are several, or are left to their default [SVC-4] [SVC-5] [SVC-6]', async () => {
  const layer = await shellLayer(['sh', 'busybox', 'mkdir'])
  const config = { Cmd: ['/bin/sh', '-c', 'mkdir -p /www; echo welcome >/www/index.html; exec busybox httpd -f -p 80 -h /www'] }
  const archive = await writeDockerArchive(join(cluster.folder, 'nginx'), build({ layers: [layer], config }), ['nginx:stable'])
  assert.equal((await cluster.portolan('load', archive)).code, 0)
  await apply('my-app.yaml')
  await apply('named-port.yaml')
  await cluster.kubectl('wait --for=condition=Ready pod my-app nginx --timeout=60s')
  await eventually(async () => assert.equal(await inPod('my-app', 'http://nginx-service'), 'welcome\n'))

  await apply('my-service.yaml')
  await eventually(async () => assert.equal(await inPod('my-app', 'http://my-service'), '9376\n'))
  await apply('multi-port.yaml')
  await eventually(async () => assert.equal(await inPod('my-app', 'http://my-service:443'), '9377\n'))
  assert.equal(await inPod('my-app', 'http://my-service:80'), '9376\n')
  await forget()

  await apply('node-port.yaml')
  await eventually(async () => assert.equal((await cluster.outside('curl', '-s', 'http://192.168.1.3:30007')).out, '80\n'))
  await forget()
})

test('concepts: endpoints that somebody else wrote are routed, and the proxy of the API server refuses them [EPS-4] [DSC-9]', async () => {
  await apply('without-selector.yaml')
  assert.equal(await cluster.kubectl('get endpointslices -l kubernetes.io/service-name=my-service -o name'), '')
  await apply('endpoint-slice.yaml')
  await eventually(async () => {
    const { out } = await cluster.portolan(
      'node',
      'exec',
      'node1',
      '--',
      'nft',
      'list',
      'map',
      'ip',
      'portolan-proxy',
      'tcp-endpoints',
    )
    assert.match(out, /: 10\.4\.5\.6 \. 9376/)
    assert.match(out, /: 10\.1\.2\.3 \. 9376/)
  })
  await assert.rejects(
    cluster.kubectl('get --raw /api/v1/namespaces/default/services/my-service:80/proxy/'),
    /no endpoints available for service|Address not allowed|addresses? .*not/i,
  )
  await forget()
})

test('concepts: a wished cluster IP of another range is refused, one of this range is given; externalIPs warn [SVC-7] [SVC-14] [NET-5] [NET-6]', async () => {
  await assert.rejects(
    apply('load-balancer.yaml'),
    /spec\.clusterIPs: Invalid value: \["10\.0\.171\.239"\]: .* the provided network does not match the current range/,
  )
  const strictly = `apply --dry-run=server --warnings-as-errors -f ${EXAMPLES}/concepts/external-ips.yaml`
  await assert.rejects(cluster.kubectl(strictly), /spec\.externalIPs is deprecated/)
  await apply('external-ips.yaml')
  await cluster.outside('ip', 'route', 'add', '198.51.100.32', 'via', '192.168.1.3')
  await eventually(async () => assert.equal((await cluster.outside('curl', '-s', 'http://198.51.100.32')).out, '49152\n'))
  await forget()
})

test('concepts: a Service that prefers two families has a cluster IP of each, and its name leads to both [SVC-9] [DSC-2]', async () => {
  await apply('dual-stack.yaml')
  const [four = '', six = ''] = JSON.parse(await field('svc my-service', '.spec.clusterIPs')) as string[]
  for (const url of [`http://${four}`, `http://[${six}]`])
    await eventually(async () => assert.equal(await inPod('my-app', url), '9376\n'))
  assert.deepEqual(lines(await cluster.kubectl('exec my-app -- dig +search +short my-service AAAA')), [six])
  await forget()
})

test('concepts: an ExternalName is another name for a name [DSC-3] [SVC-6]', async () => {
  await apply('external-name.yaml')
  await eventually(async () =>
    assert.match(await cluster.kubectl('exec my-app -- dig +search +short search CNAME'), /^google\.com\.$/m),
  )
})

test('mynapp: a client keeps its Pod, and Pods find the Service in their variables [SVC-10] [NET-8] [DSC-7] [EPS-3]', async () => {
  await cluster.kubectl(`create -f ${EXAMPLES}/mynapp/mynapp-rs.yml -f ${EXAMPLES}/mynapp/mynapp-svc.yml`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=mynapp-rs --timeout=60s')
  await eventually(async () => assert.match(await cluster.kubectl('get endpoints mynapp-svc'), /(10\.244\.\d+\.\d+:8080,?){3}/))
  const [client = ''] = (await field('pods -l app=mynapp-rs', '.items[*].metadata.name')).split(' ')
  const hits: string[] = []
  for (let i = 0; i < 8; i++) hits.push(await inPod(client, 'http://mynapp-svc'))
  assert.equal(new Set(hits).size, 1, hits.join())

  await cluster.kubectl('scale rs mynapp-rs --replicas=4')
  await eventually(async () => assert.equal(await field('rs mynapp-rs', '.status.readyReplicas'), '4'))
  const youngest = await cluster.kubectl(
    'get pods -l app=mynapp-rs --sort-by=.metadata.creationTimestamp -o jsonpath={.items[-1:].metadata.name}',
  )
  const environment = await cluster.kubectl(`exec ${youngest} -- env`)
  assert.match(environment, new RegExp(`^MYNAPP_SVC_SERVICE_HOST=${await field('svc mynapp-svc', '.spec.clusterIP')}$`, 'm'))
  assert.match(environment, /^MYNAPP_SVC_SERVICE_PORT=80$/m)
  await cluster.kubectl('expose rs mynapp-rs --port=80 --target-port=8080 --type=NodePort --name mynapp-nodeport')
  assert.match(await field('svc mynapp-nodeport', '.spec.ports[0].nodePort'), /^3\d{4}$/)
})
