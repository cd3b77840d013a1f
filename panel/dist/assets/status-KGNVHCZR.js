import{a,b}from"./chunk-22L2BS2R.js";import"./chunk-FJVQ4M7J.js";import"./chunk-YGZ2V5AZ.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
