"""The shared package of Sorami Images: the rules of a job, its wire shapes, and the adapters to the outside."""

VERSION = "0.1.0"
