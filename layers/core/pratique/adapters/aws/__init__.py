"""S3, DynamoDB, SQS, SES and Secrets Manager."""
