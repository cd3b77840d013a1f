"""Rules over the CloudFormation templates and the built artefacts."""
