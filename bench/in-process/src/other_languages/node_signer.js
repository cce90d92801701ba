// Signs with the AWS SDK for JavaScript: first says the URL, then, for each number on standard input, the processor time of so many.
const { S3Client, GetObjectCommand } = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const lines = require("node:readline").createInterface({ input: process.stdin })[Symbol.asyncIterator]();

(async () => {
  const task = JSON.parse((await lines.next()).value);
  const { accessKeyId, secretAccessKey, sessionToken } = task;
  const client = new S3Client({ region: task.region, credentials: { accessKeyId, secretAccessKey, sessionToken } });
  const sign = () =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: task.bucket, Key: task.key }), { expiresIn: task.expiresIn });

  console.log(await sign());
  for await (const line of lines) {
    const begun = process.cpuUsage();
    for (let i = 0; i < Number(line); i++) await sign();
    const { user, system } = process.cpuUsage(begun);
    console.log((user + system) * 1000);
  }
})();
